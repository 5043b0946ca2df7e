// Lines over the last minutes. The caption, the scale below and the label say in words what the lines show.

const NS = "http://www.w3.org/2000/svg";
const WIDTH = 600, HEIGHT = 160, PAD = 4;

const niceTop = (most) => {
  if (most <= 0) return 1;
  const size = 10 ** Math.floor(Math.log10(most));
  return [1, 2, 5, 10].map((step) => step * size).find((top) => top >= most);
};

const path = (samples, key, top, span, last) => {
  let line = "";
  for (const sample of samples) {
    const x = WIDTH - (last - sample.time) / span * WIDTH;
    const y = HEIGHT - PAD - sample[key] / top * (HEIGHT - 2 * PAD);
    line += `${line ? "L" : "M"}${x.toFixed(1)},${y.toFixed(1)}`;
  }
  return line;
};

/** Draws `lines` ([key, class, name]) of `samples`, which have a `time` in seconds. `unit` writes a value. */
export const draw = (svg, scale, samples, lines, unit) => {
  if (samples.length === 0) return;
  const last = samples.at(-1).time;
  const span = Math.max(60, last - samples[0].time);
  const most = Math.max(...samples.map((sample) => Math.max(...lines.map(([key]) => sample[key]))));
  const top = niceTop(most);

  const grid = [PAD, HEIGHT / 2, HEIGHT - PAD].map((y) => {
    const line = document.createElementNS(NS, "line");
    line.setAttribute("x1", 0); line.setAttribute("x2", WIDTH); line.setAttribute("y1", y); line.setAttribute("y2", y);
    return line;
  });
  const drawn = lines.map(([key, style]) => {
    const line = document.createElementNS(NS, "path");
    line.setAttribute("class", style);
    line.setAttribute("d", path(samples, key, top, span, last));
    return line;
  });
  svg.replaceChildren(...grid, ...drawn);

  const words = lines.map(([key, , name]) => {
    const values = samples.map((sample) => sample[key]);
    return `${name} ${unit(values.at(-1))} now, at most ${unit(Math.max(...values))}`;
  }).join("; ");
  svg.setAttribute("aria-label", words);
  scale.textContent = `Top line ${unit(top)}. The last ${Math.round(span / 60)} min. ${words[0].toUpperCase()}${words.slice(1)}.`;
};
