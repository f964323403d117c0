// The rows of MiniLM's table that are nearest to a word.
WhatAndWhere.figure("neighbours", (root, { d3, data, tools }) => {
  const { el, saying, decode, id } = tools;
  const words = data.words.split("\n");
  const tokens = words.concat(data.others.split("\n"));
  const row = new Map(words.map((word, n) => [word, n]));
  const nearest = decode(data.nearest, Uint16Array);
  const cosines = decode(data.cosines, Int8Array);
  const K = nearest.length / words.length;

  const offers = el("datalist", { id: id("words") });
  const input = el("input", {
    type: "text",
    id: id("word"),
    value: "love",
    list: offers.id,
    autocomplete: "off",
    autocapitalize: "off",
  });
  input.spellcheck = false;
  const says = saying();
  const list = el("ol", { class: "near" });

  const offer = (start) =>
    offers.replaceChildren(
      ...words
        .filter((word) => word.startsWith(start))
        .slice(0, 8)
        .map((word) => el("option", { value: word })),
    );

  const pick = (word) => {
    input.value = word;
    show();
    input.focus({ preventScroll: true });
  };

  const show = () => {
    const word = input.value.trim().toLowerCase();
    const n = row.get(word);
    offer(word);
    if (n === undefined) {
      says.textContent = word
        ? `“${word}” is not among the ${words.length} words of this figure. The list below is that of the word before.`
        : "Type a word.";
      return;
    }
    const near = d3.range(n * K, (n + 1) * K).map((at) => ({ token: tokens[nearest[at]], cosine: cosines[at] / 100 }));
    list.replaceChildren(
      ...near.map(({ token, cosine }) => {
        const width = `width: ${Math.max(cosine, 0) * 100}%`;
        const bar = el("span", { class: "bar", "aria-hidden": "true" }, el("span", { style: width }));
        const name = row.has(token)
          ? el("button", { type: "button", onclick: () => pick(token) }, token)
          : el("span", { class: "name" }, token);
        return el("li", {}, name, bar, el("span", { class: "cosine" }, cosine.toFixed(2)));
      }),
    );
    const all = near.map(({ token, cosine }) => `${token} ${cosine.toFixed(2)}`).join(", ");
    says.textContent = `Nearest to “${word}”, by cosine: ${all}.`;
  };

  input.addEventListener("input", show);
  const some = ["ai", "may", "good", "monday", "king", "bank"].map((word) =>
    el("button", { type: "button", onclick: () => pick(word) }, word),
  );
  root.append(
    el("div", { class: "line" }, el("label", { for: input.id }, "A word"), input, offers),
    el("p", { class: "some" }, "Or one of these: ", ...some),
    list,
    says,
  );
  show();
});
