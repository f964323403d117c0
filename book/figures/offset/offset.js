// Words in front of a sentence: its places change, the offsets and all that comes from them stay.
WhatAndWhere.figure("offset", (root, { d3, data, tools }) => {
  const { el } = tools;
  const { words, front } = data;
  const keys = d3.range(words.length);
  const group = tools.id("offset-query");
  let now = { n: 0, q: words.length - 1 }; // words in front, and which word asks
  let before = now; // what the numbers are compared with

  const number = d3.format(".1f");
  const signed = (offset) => (offset ? d3.format("+d")(offset) : "0");
  const causal = (list) => ({ q }, k) => (k > q ? null : list[q - k]); // null: masked
  const rows = [
    { name: "place", value: ({ n }, k) => n + k, format: String },
    { name: "offset", value: ({ q }, k) => k - q, format: signed },
    { name: "T5 bucket", value: causal(data.buckets), format: String },
    { name: "T5 bias", value: causal(data.t5), format: d3.format(".2f"), most: d3.max(data.t5, Math.abs) },
    { name: "ALiBi", value: causal(data.alibi), format: number, most: d3.max(data.alibi, Math.abs) },
    {
      name: "learned",
      value: ({ n, q }, k) => data.learned[n + q][n + k],
      format: number,
      most: d3.max(data.learned.flat(), Math.abs),
    },
  ];

  const slider = tools.slider({
    label: "Words in front",
    min: 0,
    max: front.length,
    value: 0,
    change: (n) => act({ n, q: now.q }, { n: 0, q: now.q }),
  });
  const text = el("p", { class: "text" });
  const says = tools.saying();

  const ask = keys.map((q) => {
    const radio = el("input", { type: "radio", name: group, checked: q === now.q });
    radio.addEventListener("change", () => act({ n: now.n, q }, now));
    return el("label", { class: "pick" }, radio, el("span", { class: "hidden" }, "the query is "), words[q]);
  });
  const ticks = rows.map(({ name }) => tools.checkbox({ label: name, checked: false, change: () => {} }));
  const body = ticks.map(({ row }) => [row, ...keys.map(() => "")]);
  const table = tools.table("What each word gets from the query", ["Will it change?", ...ask], body);
  table.caption.className = "hidden";
  const cells = Array.from(table.tBodies[0].rows, (row) => [...row.querySelectorAll("td")]);
  const arcs = d3.create("svg").attr("viewBox", `0 0 ${100 * words.length} 100`)
    .attr("preserveAspectRatio", "none").attr("aria-hidden", "true");
  root.append(slider.row, text, el("div", { class: "pairs" }, arcs.node(), table), says);

  function act(next, last) {
    [now, before] = [next, last];
    draw();
    report();
  }

  const changed = (row) => keys.some((k) => row.value(now, k) !== row.value(before, k));

  function draw() {
    text.replaceChildren(...front.slice(front.length - now.n).map((word) => `${word} `),
      el("span", { class: "token" }, words.join(" ")));
    arcs.selectAll("path").data(keys.filter((k) => k !== now.q)).join("path").attr("d", (k) => {
      const [from, to] = d3.extent([k, now.q]);
      return `M${100 * from + 50},100A${50 * (to - from)},${24 * (to - from)} 0 0 1 ${100 * to + 50},100`;
    });
    rows.forEach((row, r) => keys.forEach((k) => {
      const [cell, value] = [cells[r][k], row.value(now, k)];
      cell.textContent = value === null ? "–" : row.format(value);
      cell.className = value === null ? "masked" : row.most ? "score" : "where";
      cell.classList.toggle("changed", value !== row.value(before, k));
      cell.style.setProperty("--share", `${row.most ? (45 * Math.abs(value)) / row.most : 0}%`);
    }));
  }

  const list = (some) => new Intl.ListFormat("en-GB").format(some.map(({ name }) => name));
  function report() {
    const [moved, stay] = [rows.filter(changed), rows.filter((row) => !changed(row))];
    if (!moved.length) {
      says.textContent = "Tick the rows that you think will change. Then put words in front, or click a word to make it the query.";
      return;
    }
    const name = (q) => `“${words[q]}” (${now.n + q})`;
    const done = now.q === before.q
      ? `${now.n} more in front`
      : `From ${name(now.q)} instead of ${name(before.q)}`;
    const wrong = rows.filter((row, r) => ticks[r].input.checked !== changed(row));
    const verdict = wrong.length ? ` Not as you ticked: ${list(wrong)}.` : " All as you ticked.";
    says.textContent = `${done}. Changed: ${list(moved)}. The same: ${list(stay) || "none"}.` +
      (ticks.some(({ input }) => input.checked) ? verdict : "");
  }
  draw();
  report();
});
