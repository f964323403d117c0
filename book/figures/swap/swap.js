// Three words in any order: without positions their rows only change places, with positions they change.
WhatAndWhere.figure("swap", (root, { d3, data, tools }) => {
  const { el } = tools;
  const words = data.words;
  const places = d3.range(words.length);
  const first = places.join("");
  let order = [...places]; // which word stands at each place
  const number = d3.format(".2f");
  const plain = (value) => number(value).replace("−", "-");
  const same = (a, b) => plain(a) === plain(b);

  // The sentence: drag a word, or press what stands between two.
  const sentence = el("div", { class: "sentence", role: "group", "aria-label": "The order of the words" });
  const chips = places.map((p) => el("span", { class: "word" }));
  const swaps = places.slice(1).map((p) => el("button", { type: "button", onclick: () => move(p - 1, p) }, "⇄"));
  sentence.append(...places.flatMap((p) => [...(p ? [swaps[p - 1]] : []), chips[p]]));
  root.append(sentence);

  let held = null; // a word that is being dragged
  const under = (event) => {
    const near = chips.map((chip) => {
      const box = chip.getBoundingClientRect();
      return Math.abs(event.clientX - (box.left + box.right) / 2);
    });
    return d3.minIndex(near);
  };
  sentence.addEventListener("pointerdown", (event) => {
    const chip = event.target.closest(".word");
    if (!chip) return;
    held = order[chips.indexOf(chip)];
    sentence.setPointerCapture(event.pointerId);
    draw();
  });
  sentence.addEventListener("pointermove", (event) => {
    const [from, to] = [order.indexOf(held), under(event)];
    if (held !== null && from !== to) move(from, to);
  });
  for (const end of ["pointerup", "pointercancel"]) {
    sentence.addEventListener(end, () => {
      held = null;
      draw();
    });
  }

  function move(from, to) {
    order.splice(to, 0, ...order.splice(from, 1));
    draw();
  }

  const HIGH = 34;
  const column = { word: 22, weight: 70, row: 196 };
  const x = { weight: (place) => column.weight + 40 * place, row: (j) => column.row + 45 * j };
  const y = (place) => 50 + HIGH * place;
  const panels = ["Without positions", "With positions added"].map((name, positions) => {
    const svg = d3.create("svg").attr("viewBox", `0 0 320 ${y(words.length) + 2}`).attr("role", "img");
    const say = (at, height, anchor, text) => svg.append("text").attr("x", at).attr("y", height)
      .attr("text-anchor", anchor).text(text);
    say(column.weight, 14, "start", "weights");
    say(column.row, 14, "start", "output");
    say(320, 14, "end", "change");
    for (const place of places) {
      if (positions) say(2, y(place) + 20, "start", place).attr("class", "place");
    }
    return { name, positions, svg, cells: svg.append("g"), texts: svg.append("g") };
  });
  root.append(el("div", { class: "pictures" }, ...panels.map(({ name, svg }) =>
    el("div", {}, el("p", { class: "title" }, el("strong", {}, name)), svg.node()))));
  const says = tools.saying();
  root.append(says);

  // A cell or a word keeps its element and moves with it: what stays the same is seen to travel.
  const at = (left, top) => `translate: ${left}px ${top}px`;
  function drawPanel({ name, positions, svg, cells, texts }) {
    const [now, start] = [data.orders[order.join("")], data.orders[first]];
    const place = (word) => order.indexOf(word);
    const kind = positions ? "combination-tint" : "token-tint";
    const all = places.flatMap((q) => [
      ...places.map((k) => ({
        key: `weight ${q} ${k}`, at: at(x.weight(place(k)), y(place(q))), wide: 38, colour: "ink", most: 1, strong: 0.35,
        value: now.weights[positions][q][k], before: start.weights[positions][q][k],
      })),
      ...now.rows[positions][q].map((value, j) => ({
        key: `row ${q} ${j}`, at: at(x.row(j), y(place(q))), wide: 43, colour: kind, most: 3, strong: 0.55,
        value, before: start.rows[positions][q][j],
      })),
    ]);
    const g = cells.selectAll("g").data(all, (d) => d.key).join((enter) => {
      const one = enter.append("g").attr("class", "moves").attr("data-key", (d) => d.key);
      one.append("rect").attr("height", HIGH - 4).attr("rx", 2).attr("width", (d) => d.wide);
      one.append("text").attr("x", (d) => d.wide / 2).attr("y", 20).attr("text-anchor", "middle");
      return one;
    });
    g.attr("style", (d) => d.at).classed("changed", (d) => !same(d.value, d.before));
    g.select("rect").attr("fill", (d) => `var(--${d.colour})`)
      .attr("fill-opacity", (d) => d.strong * (0.15 + 0.85 * Math.min(1, Math.abs(d.value) / d.most)));
    g.select("text").text((d) => number(d.value));

    const change = (word) => d3.max(now.rows[positions][word], (value, j) =>
      Math.abs(value - start.rows[positions][word][j]));
    const names = places.flatMap((word) => [
      { key: `name ${word}`, at: at(column.word, y(place(word)) + 20), text: words[word], look: "token" },
      { key: `head ${word}`, at: at(x.weight(place(word)) + 19, 38), text: words[word], look: "token head" },
      { key: `change ${word}`, at: at(320, y(place(word)) + 20), text: number(change(word)), look: "change" },
    ]);
    texts.selectAll("text").data(names, (d) => d.key).join("text")
      .attr("class", (d) => `moves ${d.look}`).attr("style", (d) => d.at).text((d) => d.text);
    const rows = order.map((word) => `${words[word]} ${now.rows[positions][word].map(number).join(" and ")}`);
    svg.attr("aria-label", `${name}, output rows: ${rows.join("; ")}.`);
    return change;
  }

  function draw() {
    chips.forEach((chip, p) => {
      const place = el("span", { class: "place" }, String(p));
      chip.replaceChildren(place, words[order[p]]);
      chip.classList.toggle("held", order[p] === held);
    });
    swaps.forEach((button, p) =>
      button.setAttribute("aria-label", `Swap ${words[order[p]]} and ${words[order[p + 1]]}`));
    const [without, added] = panels.map(drawPanel);
    const text = order.map((word) => words[word]).join(" ");
    const largest = d3.greatest(places, added);
    says.textContent = order.join("") === first
      ? `“${text}” is the start. Swap two words: which numbers stay?`
      : `“${text}”: without positions each row has moved with its word and changed by ` +
        `${number(d3.max(places, without))}; with positions by up to ${number(added(largest))}, ` +
        `that of “${words[largest]}” most.`;
  }
  draw();
});
