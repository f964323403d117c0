// A sentence on its way into MiniLM: tokens, ids, rows, positions, sums.
WhatAndWhere.figure("sentence", (root, { d3, data, tools }) => {
  const { el, slider, saying, decode, table, id } = tools;
  const tokens = data.tokens.split("\n");
  const tokenize = wordpiece(tokens);
  const C = data.columns;
  const rows = decode(data.rows, Int8Array);
  const scales = decode(data.scales, Float32Array);
  const positions = decode(data.positions, Float32Array);
  const limit = positions.length / C;
  const whole = d3.range(C);
  const what = (token) => whole.map((n) => Math.fround(rows[token * C + n] * scales[token]));
  const where = (position) => whole.map((n) => positions[position * C + n]);
  const text = (numbers) => numbers.map(d3.format(".3f"));

  const FEW = 16; // places to move to, if the sentence has not more: so a finger can choose one
  let ids = [];
  let chosen = 2; // place in the sentence
  const group = id("sentence-token");

  const input = el("input", { type: "text", id: id("sentence"), value: "I love AI", autocomplete: "off" });
  input.spellcheck = false;
  const line = el("div", { class: "line" }, el("label", { for: input.id }, "Your sentence"), input);
  const note = el("p", { class: "note", "aria-live": "polite" });
  const list = el("fieldset", { class: "tokens" });
  const numbers = el("div", { class: "numbers-table" });
  const says = saying();
  const place = slider({
    label: "Position",
    min: 0,
    max: FEW - 1,
    value: 0,
    change: (position) => show(position),
  });

  const bar = (number, kind) => {
    const share = Math.min(Math.abs(number) / 0.2, 1) * 50;
    const left = number < 0 ? 50 - share : 50;
    const fill = el("span", { class: kind, style: `left: ${left}%; width: ${share}%` });
    return el("span", { class: "bar", "aria-hidden": "true" }, fill);
  };

  // The chosen token at a position, its own or one it is moved to.
  const show = (position) => {
    const token = ids[chosen];
    const [a, b] = [what(token), where(position)];
    const sum = whole.map((n) => Math.fround(a[n] + b[n]));
    const cells = (row, kind) => row.map((number, n) => el("span", {}, text(row)[n], bar(number, kind)));
    const row = (kind, name, values) => [el("span", { class: kind }, name), ...cells(values, kind)];
    numbers.replaceChildren(
      table(
        "First 6 of 384 numbers",
        ["Vector", ...whole],
        [
          row("token", `row ${token}`, a),
          row("position", `+ row ${position}`, b),
          row("combination", "= sum", sum),
        ],
      ),
    );
    place.set(position);
    const home = position === chosen ? "" : `, moved from ${chosen}`;
    says.textContent =
      `“${tokens[token]}”, id ${token}, at position ${position}${home}: ` +
      `the sum begins ${text(sum).slice(0, 3).join(", ")}.`;
  };

  const choose = (n) => {
    chosen = n;
    show(n);
  };

  const read = () => {
    ids = tokenize(input.value);
    list.replaceChildren(
      el("legend", {}, "Tokens"),
      ...ids.map((token, n) => {
        const radio = el("input", { type: "radio", name: group, checked: n === chosen, disabled: n >= limit });
        radio.addEventListener("change", () => choose(n));
        const where = el("span", { class: "position" }, n < limit ? String(n) : "none");
        const name = el("span", { class: "token" }, tokens[token]);
        const parts = [hidden("position "), where, name, hidden(", id "), el("span", { class: "id" }, String(token))];
        return el("label", { class: "pick" }, radio, ...parts);
      }),
    );
    note.textContent =
      ids.length > limit
        ? `${ids.length} tokens with [CLS] and [SEP], but the model has ${limit} positions: ` +
          `the last ${ids.length - limit} have none. Shorten the text.`
        : `${ids.length} tokens with [CLS] and [SEP].`;
    place.input.max = Math.min(limit, Math.max(FEW, ids.length)) - 1;
    show(chosen);
  };
  const hidden = (words) => el("span", { class: "hidden" }, words);

  input.addEventListener("input", () => {
    chosen = 1;
    read();
  });
  // MiniLM's tokenizer: BERT's, without case or accents. Returns text -> ids, [CLS] and [SEP] included.
  function wordpiece(tokens) {
    const idOf = new Map(tokens.map((token, n) => [token, n]));
    const [unknown, first, last] = ["[UNK]", "[CLS]", "[SEP]"].map((token) => idOf.get(token));
    const special = /(\[(?:PAD|UNK|CLS|SEP|MASK)\])/;
    const control = /(?![\t\n\r])[\p{Cc}\p{Cf}\p{Co}\p{Cs}\uFFFD]/gu;
    // CJK characters become words of their own; the ranges are those of the tokenizers library.
    const chinese =
      /[\u4E00-\u9FFF\u3400-\u4DBF\u{20000}-\u{2A6DF}\u{2A700}-\u{2B73F}\u{2B740}-\u{2B81F}\u{2B920}-\u{2CEAF}\uF900-\uFAFF\u{2F800}-\u{2FA1F}]/gu;
    const word = /[!-/:-@[-`{-~\p{P}]|[^\p{White_Space}!-/:-@[-`{-~\p{P}]+/gu;

    const clean = (text) => {
      const plain = text.replace(control, "").replace(chinese, " $& ").normalize("NFD");
      return Array.from(plain.replace(/\p{Mn}/gu, ""), (letter) => letter.toLowerCase()).join("");
    };

    // The longest piece that the vocabulary has, again and again; a word with a gap is unknown.
    const pieces = (word) => {
      const letters = Array.from(word);
      const found = [];
      if (letters.length > 100) return [unknown];
      for (let start = 0, end; start < letters.length; start = end) {
        let piece;
        for (end = letters.length; end > start; end--) {
          piece = idOf.get((start ? "##" : "") + letters.slice(start, end).join(""));
          if (piece !== undefined) break;
        }
        if (piece === undefined) return [unknown];
        found.push(piece);
      }
      return found;
    };

    const part = (text) =>
      special.test(text) ? [idOf.get(text)] : (clean(text).match(word) ?? []).flatMap(pieces);
    return (text) => [first, ...text.split(special).flatMap(part), last];
  }

  root.append(line, list, note, place.row, numbers, says);
  read();
});
