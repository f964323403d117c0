// Tick the rows that a sentence will take, look them up, and take one training step.
WhatAndWhere.figure("lookup", (root, { d3, data, tools }) => {
  const { el, saying, table, id } = tools;
  const { tokens } = data;
  const PLACES = data.after.length - 1;
  const number = d3.format(".1f");
  const list = (words) => words.join(", ").replace(/, ([^,]*)$/, " and $1");
  const name = (word) => (word === "." ? "the full stop" : word);
  const head = ["0", "1", "2"];

  let ids = [];
  let ticked = new Set();
  let phase = 0; // 0: predict, 1: looked up, 2: after a step

  const input = el("input", { type: "text", id: id("words"), value: "i love ai", autocomplete: "off", autocapitalize: "off" });
  input.spellcheck = false;
  const add = (word) => {
    input.value = `${input.value.trim()} ${word}`.trim();
    read();
  };
  const empty = () => {
    input.value = "";
    read();
  };
  const chips = tokens.map((word) => el("button", { type: "button", "aria-label": `Add ${name(word)}`, onclick: () => add(word) }, word));
  const clear = el("button", { type: "button", onclick: empty }, "Clear");
  const take = el("button", { type: "button", onclick: () => go(1) }, "Look up");
  const train = el("button", { type: "button", onclick: () => go(phase === 2 ? 1 : 2) });
  const rows = el("div", { class: "rows" });
  const threads = d3.select(rows).append("svg").attr("aria-hidden", "true");
  const output = el("div", { class: "output" });
  const says = saying();

  const row = (n) => {
    const tick = el("input", { type: "checkbox", "aria-label": `Row ${n}, ${name(tokens[n])}` });
    tick.addEventListener("change", () => {
      ticked[tick.checked ? "add" : "delete"](n);
      if (phase === 0) show();
    });
    return el("label", { class: "tick" }, tick, `${n} `, el("span", { class: "token" }, tokens[n]));
  };
  const whole = table("The table", ["Row", ...head], tokens.map((_, n) => [row(n), "", "", ""]));
  const body = [...whole.tBodies[0].rows];
  rows.prepend(whole);
  rows.append(output);
  rows.setAttribute("role", "group");
  rows.setAttribute("aria-label", "Tick the rows that you expect");

  // What the reader typed: words or ids, as ids; or a sentence on what is wrong.
  const parse = (text) => {
    const words = text.toLowerCase().replaceAll(".", " . ").split(/\s+/).filter(Boolean);
    const found = words.map((word) => (/^-?\d+$/.test(word) ? Number(word) : tokens.indexOf(word)));
    const strange = words.find((word, n) => found[n] === -1 && word !== "-1");
    const outside = found.find((n) => n < 0 || n >= tokens.length);
    if (!words.length) return "Add some of the six words, or type words or ids.";
    if (strange) return `“${strange}” is none of the six words, so it has no id and no row.`;
    if (outside !== undefined) return `There is no row ${outside}: the rows go from 0 to 5. PyTorch says “index out of range in self”.`;
    if (found.length > PLACES) return `This figure has room for ${PLACES} places. Take a word away.`;
    return found;
  };

  function read() {
    const found = parse(input.value);
    ids = Array.isArray(found) ? found : [];
    ticked = new Set();
    for (const box of whole.querySelectorAll("input")) box.checked = false;
    phase = 0;
    show(Array.isArray(found) ? "" : found);
  }

  function go(to) {
    if (!ids.length) return;
    phase = to;
    show();
  }

  function show(wrong = "") {
    const times = tokens.map((_, n) => ids.filter((row) => row === n).length);
    const now = tokens.map((_, n) => (phase === 2 ? data.after[times[n]][n] : data.table[n]));
    const cells = [() => ["?", "?", "?"], (n) => data.table[n].map(number), () => [number(data.pull)]][phase];
    body.forEach((line, n) => {
      line.classList.toggle("taken", phase > 0 && times[n] > 0);
      [...line.cells].slice(1).forEach((cell, column) => (cell.textContent = number(now[n][column])));
    });
    const title = phase === 2 ? "Moves by" : `Output, ${ids.length} x 3`;
    const columns = phase === 2 ? ["each"] : head;
    output.replaceChildren(table(title, ["Word", ...columns], ids.map((n) => [tokens[n], ...cells(n)])));
    [...output.querySelectorAll("tbody tr")].forEach((line, place) => {
      line.classList.toggle("taken", phase > 0);
      line.classList.toggle("arrives", phase === 1);
      line.style.animationDelay = `${0.3 * place}s`;
    });
    draw();
    take.disabled = !ids.length;
    train.disabled = phase === 0;
    train.textContent = phase === 2 ? "Undo the step" : "One training step";
    says.textContent = wrong || words(times);
  }

  const words = (times) => {
    const taken = d3.range(tokens.length).filter((n) => times[n]);
    const rest = tokens.filter((_, n) => !times[n]).map(name);
    const guess = [...ticked].sort();
    const right = guess.join() === taken.join();
    const verdict = guess.length ? ` You ticked ${list(guess)}: ${right ? "right." : `it takes ${list(taken)}.`}` : "";
    if (phase === 0) return `Ids ${ids.join(", ")}. Which rows will be taken? Tick them, then look up.`;
    if (phase === 1) return `Taken, in order: ${ids.join(", ")}.${verdict} Which rows will a training step move?`;
    const moves = taken.map((n) => `${name(tokens[n])} by ${number(data.after[times[n]][n][0] - data.table[n][0])}`);
    return `Moved: ${list(moves)} in each column. ` + (rest.length ? `Exactly as before: ${list(rest)}.` : "No row rests.");
  };

  // A thread from each place to its row; its arrow shows the way of the numbers, after a step back to the row.
  function draw() {
    const box = threads.node().getBoundingClientRect();
    const middle = (line) => {
      const { top, height } = line.getBoundingClientRect();
      return top + height / 2 - box.top;
    };
    const lines = [...output.querySelectorAll("tbody tr")];
    const ends = phase ? ids.map((n, place) => [middle(body[n]), middle(lines[place])]) : [];
    const g = threads.selectAll("g").data(ends).join((enter) => {
      const one = enter.append("g");
      one.append("path").attr("class", "thread");
      one.append("path").attr("class", "tip");
      return one;
    });
    const w = box.width;
    g.attr("class", phase === 1 ? "arrives" : null).style("animation-delay", (_, place) => `${0.3 * place}s`);
    g.select(".thread").attr("d", ([from, to]) => `M0,${from}C${w / 2},${from} ${w / 2},${to} ${w},${to}`);
    g.select(".tip").attr("d", ([from, to]) => (phase === 2 ? `M0,${from}l7,-5v10z` : `M${w},${to}l-7,-5v10z`));
  }

  input.addEventListener("input", read);
  new ResizeObserver(draw).observe(rows);
  root.append(
    el("div", { class: "line" }, el("label", { for: input.id }, "Words or ids"), input, clear),
    el("div", { class: "buttons" }, ...chips),
    rows,
    el("div", { class: "buttons" }, take, train),
    says,
  );
  read();
});
