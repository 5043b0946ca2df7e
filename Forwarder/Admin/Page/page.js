import { Refused, forgetToken, get, getText, hasToken, keepToken, post } from "./api.js";
import { draw } from "./chart.js";
import * as format from "./format.js";
import { makeTable } from "./table.js";

const EVERY = 1000;
const $ = (id) => document.getElementById(id);
const live = { filter: "", sort: "age", descending: true };
let paused = false;

// What is done to a server or a connection is asked about once, and said in words.
const act = async (question, consequence, path) => {
  $("confirm-title").textContent = question;
  $("confirm-text").textContent = consequence;
  const dialog = $("confirm");
  dialog.returnValue = "no";
  dialog.showModal();
  await new Promise((closed) => dialog.addEventListener("close", closed, { once: true }));
  if (dialog.returnValue !== "yes") return;
  try {
    await post(path);
    await refresh();
  } catch (error) {
    report(error);
  }
};

const button = (text, label, onClick) => {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = text;
  made.setAttribute("aria-label", label);
  made.addEventListener("click", onClick);
  return made;
};

const serverActions = (server) => {
  const path = `api/backends/${encodeURIComponent(server.backend)}/servers/${encodeURIComponent(server.name)}/`;
  const who = `${server.name} of ${server.backend}`;
  const drain = () => button("Drain", `Drain ${who}`, () =>
    act(`Drain ${who}?`, "It gets no new connections. Those that are open go on.", `${path}drain`));
  const out = () => button("Take out", `Take out ${who}`, () =>
    act(`Take out ${who}?`, "It gets no new connections, and those that are open are cut.", `${path}out`));
  const back = () => button("Put back", `Put back ${who}`, () =>
    act(`Put back ${who}?`, "It gets new connections again.", `${path}in`));
  return server.admin === "in" ? [drain(), out()] : server.admin === "draining" ? [back(), out()] : [back()];
};

const serverState = (server) => server.admin === "in" ? server.health : server.admin === "draining" ? "draining" : "out";

const servers = makeTable($("servers"), [
  { label: "Server", header: true, cell: (row) => row.name },
  { label: "Backend", cell: (row) => row.backend },
  { label: "State", cell: serverState, style: (row) => ({ up: "good", suspect: "warn", draining: "warn" })[serverState(row)] ?? "bad" },
  { label: "Open", number: true, cell: (row) => format.number(row.open) },
  { label: "Total", number: true, cell: (row) => format.number(row.total) },
  { label: "From clients", number: true, cell: (row) => format.bytes(row.bytesUp) },
  { label: "To clients", number: true, cell: (row) => format.bytes(row.bytesDown) },
  { label: "Weight", number: true, cell: (row) => format.number(row.weight) },
  { label: "Change", actions: true, cell: serverActions },
], { key: (row) => `${row.backend}\n${row.name}`, empty: "No servers." });

const routes = makeTable($("routes"), [
  { label: "Route", header: true, cell: (row) => row.hosts.join(", ") },
  { label: "Backend", cell: (row) => row.backend },
  { label: "TLS", cell: (row) => row.tls },
  { label: "Open", number: true, cell: (row) => format.number(row.open) },
  { label: "Total", number: true, cell: (row) => format.number(row.total) },
  { label: "From clients", number: true, cell: (row) => format.bytes(row.bytesUp) },
  { label: "To clients", number: true, cell: (row) => format.bytes(row.bytesDown) },
], { key: (row) => row.id, empty: "No routes: everything goes to the default." });

const listeners = makeTable($("listeners"), [
  { label: "Listener", header: true, cell: (row) => row.name },
  { label: "Addresses", cell: (row) => row.addresses.join(", ") },
  { label: "Open", number: true, cell: (row) => format.number(row.open) },
  { label: "Accepted", number: true, cell: (row) => format.number(row.accepted) },
  { label: "Refused", number: true, cell: (row) => format.number(row.refused) },
], { key: (row) => row.name, empty: "No listeners." });

const connections = makeTable($("live"), [
  { label: "Id", header: true, cell: (row) => `#${row.id}` },
  { label: "Client", cell: (row) => row.client },
  { label: "Name", cell: (row) => row.name },
  { label: "Listener", cell: (row) => row.listener },
  { label: "Route", cell: (row) => row.route },
  { label: "Server", cell: (row) => row.server },
  { label: "Stage", cell: (row) => row.stage },
  { label: "From client", number: true, sort: "up", cell: (row) => format.bytes(row.bytesUp) },
  { label: "To client", number: true, sort: "down", cell: (row) => format.bytes(row.bytesDown) },
  { label: "Age", number: true, sort: "age", cell: (row) => format.duration(row.age) },
  {
    label: "Change", actions: true, cell: (row) => [button("Close", `Close connection ${row.id}`, () =>
      act(`Close connection #${row.id}?`, `The client ${row.client} and its server are reset.`, `api/connections/${row.id}/close`))],
  },
], {
  key: (row) => String(row.id),
  empty: "None, or none that the filter lets through.",
  sorted: live.sort,
  onSort: (sort, descending) => { Object.assign(live, { sort, descending }); refresh(); },
});

const refusals = makeTable($("refusals"), [
  { label: "Time", header: true, cell: (row) => format.time(row.time) },
  { label: "Why", cell: (row) => row.end },
  { label: "Client", cell: (row) => row.client },
  { label: "Name", cell: (row) => row.name },
  { label: "Listener", cell: (row) => row.listener },
  { label: "Detail", cell: (row) => row.reason },
], { key: (row) => String(row.id), empty: "None." });

const showOverview = (overview) => {
  const state = $("state");
  state.textContent = overview.state;
  state.className = `badge ${overview.state === "serving" ? "good" : "warn"}`;
  const parts = [`version ${overview.version}`, `up for ${format.duration(overview.uptime)}`, overview.configuration];
  $("about").textContent = parts.filter((part) => part).join(" · ");
  servers(overview.servers);
  routes(overview.routes);
  listeners(overview.listeners);
};

const showSeries = ({ samples }) => {
  const last = samples.at(-1);
  if (!last) return;
  $("open").textContent = format.number(last.open);
  $("new").textContent = format.rate(last.accepted);
  $("refused").textContent = format.rate(last.refused);
  $("up").textContent = format.bitsPerSecond(last.up);
  $("down").textContent = format.bitsPerSecond(last.down);
  draw($("throughput"), $("throughput-scale"), samples, [["up", "up", "from clients"], ["down", "down", "to clients"]], format.bitsPerSecond);
  draw($("connections-open"), $("connections-open-scale"), samples, [["open", "down", "open"]], format.rate);
  draw($("rates"), $("rates-scale"), samples, [["accepted", "down", "new"], ["refused", "bad", "refused"]], format.rate);
};

const showConnections = (found) => {
  connections(found.connections);
  $("live-count").textContent = found.matching > found.connections.length
    ? `The first ${format.number(found.connections.length)} of ${format.number(found.matching)}.`
    : `${format.number(found.matching)} of ${format.number(found.open)}.`;
};

const report = (error) => {
  const trouble = $("trouble");
  trouble.hidden = false;
  trouble.textContent = error instanceof Refused ? error.message : "The forwarder does not answer. It is asked again every second.";
  if (error instanceof Refused && error.status === 401) signIn();
};

const signIn = () => {
  if (!$("sign-in").open) $("sign-in").showModal();
};

const refresh = async () => {
  const query = new URLSearchParams({ filter: live.filter, sort: live.sort, order: live.descending ? "descending" : "ascending" });
  const [overview, series, found, refused] = await Promise.all(
    [get("api/overview"), get("api/series"), get(`api/connections?${query}`), get("api/refusals")]);
  showOverview(overview);
  showSeries(series);
  showConnections(found);
  refusals(refused.refusals);
  $("trouble").hidden = true;
  $("sign-out").hidden = !hasToken();
};

const tick = async () => {
  if (!paused && !document.hidden && !$("sign-in").open && !$("confirm").open) {
    try {
      await refresh();
    } catch (error) {
      report(error);
      if (!(error instanceof Refused)) {
        $("state").textContent = "no answer";
        $("state").className = "badge bad";
      }
    }
  }
  setTimeout(tick, EVERY);
};

$("pause").addEventListener("click", () => {
  paused = !paused;
  $("pause").setAttribute("aria-pressed", String(paused));
  $("pause").textContent = paused ? "Go on" : "Pause";
});
$("filter").addEventListener("input", () => { live.filter = $("filter").value; refresh().catch(report); });
$("live-search").addEventListener("submit", (event) => event.preventDefault());
$("sign-in-form").addEventListener("submit", () => { keepToken($("token").value); $("token").value = ""; });
$("sign-out").addEventListener("click", () => { forgetToken(); signIn(); });
$("config").addEventListener("toggle", async () => {
  if (!$("config").open) return;
  try {
    $("config-text").textContent = await getText("api/configuration");
  } catch (error) {
    report(error);
  }
});
tick();
