// Talks to the forwarder. The token is kept by this tab alone, and sent to nobody else.

const KEY = "sniforward-token";

export class Refused extends Error {
  constructor(status, message) { super(message); this.status = status; }
}

export const hasToken = () => sessionStorage.getItem(KEY) !== null;
export const keepToken = (token) => sessionStorage.setItem(KEY, token);
export const forgetToken = () => sessionStorage.removeItem(KEY);

const send = async (path, init = {}) => {
  const token = sessionStorage.getItem(KEY);
  const headers = token === null ? {} : { Authorization: `Bearer ${token}` };
  const answer = await fetch(path, { ...init, headers, cache: "no-store", credentials: "omit" });
  if (!answer.ok) throw new Refused(answer.status, (await answer.text()).trim() || answer.statusText);
  return answer;
};

export const get = async (path) => (await send(path)).json();
export const getText = async (path) => (await send(path)).text();
export const post = (path) => send(path, { method: "POST" });
