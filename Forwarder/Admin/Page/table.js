// A table that is filled again and again without losing the keyboard's place. Text is only ever set as text.

/**
 * @param table the element, empty
 * @param columns each { label, cell(row): string | Node, number?: bool, sort?: string, header?: bool, actions?: bool, style?(row): class }
 * @param options { key(row): string, empty: what stands there without rows, sorted?: the column that the rows come sorted by, onSort?(name, descending) }
 */
export const makeTable = (table, columns, { key, empty, sorted, onSort }) => {
  const head = table.createTHead().insertRow();
  const sorts = [];
  for (const column of columns) {
    const cell = document.createElement("th");
    cell.scope = "col";
    if (column.number) cell.className = "number";
    if (column.sort) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = column.label;
      button.addEventListener("click", () => {
        const descending = cell.getAttribute("aria-sort") !== "descending";
        for (const other of sorts) other.removeAttribute("aria-sort");
        cell.setAttribute("aria-sort", descending ? "descending" : "ascending");
        onSort(column.sort, descending);
      });
      if (column.sort === sorted) cell.setAttribute("aria-sort", "descending");
      cell.append(button);
      sorts.push(cell);
    } else {
      cell.textContent = column.label;
    }
    head.append(cell);
  }

  const body = table.createTBody();
  const known = new Map();
  const newRow = (row) => {
    const line = document.createElement("tr");
    for (const column of columns) {
      const cell = document.createElement(column.header ? "th" : "td");
      if (column.header) cell.scope = "row";
      cell.dataset.label = column.label;
      if (column.number) cell.classList.add("number");
      if (column.actions) cell.classList.add("actions");
      line.append(cell);
    }
    known.set(key(row), line);
    return line;
  };

  return (rows) => {
    const kept = new Set(rows.map(key));
    for (const [name, line] of known) {
      if (!kept.has(name)) { line.remove(); known.delete(name); }
    }
    body.querySelector(".empty")?.parentElement.remove();
    let after = null;
    for (const row of rows) {
      const line = known.get(key(row)) ?? newRow(row);
      columns.forEach((column, index) => fill(line.children[index], column, row));
      const place = after ? after.nextSibling : body.firstChild;
      if (place !== line) body.insertBefore(line, place);
      after = line;
    }
    if (rows.length === 0) {
      const cell = body.insertRow().insertCell();
      cell.colSpan = columns.length;
      cell.className = "empty quiet";
      cell.textContent = empty;
    }
  };
};

const fill = (cell, column, row) => {
  if (column.actions) {
    // Buttons stay the same elements while they say the same, so that they keep the focus.
    const wanted = column.cell(row);
    const same = wanted.length === cell.children.length && wanted.every((button, index) => button.textContent === cell.children[index].textContent);
    if (!same) cell.replaceChildren(...wanted);
    return;
  }
  const text = column.cell(row);
  if (cell.textContent !== text) cell.textContent = text;
  if (column.style) {
    const style = column.style(row);
    cell.classList.toggle("good", style === "good");
    cell.classList.toggle("warn", style === "warn");
    cell.classList.toggle("bad", style === "bad");
  }
};
