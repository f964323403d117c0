// What a question means: the mean of its tokens' rows in a table that was distilled from MiniLM.
// The browser runs this, and V8 in tests and benchmarks. The table and the sections' vectors are
// texts of which each character holds two numbers of eight levels.
const BookMeaning = (() => {
  const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const CODES = new Map([...ALPHABET].map((letter, code) => [letter, code]));
  const LONGEST = 100; // letters of a word that WordPiece still splits

  // The numbers of vector n in a text of vectors, each as wide as `steps`.
  const vector = (text, n, steps) => {
    const letters = steps.length / 2;
    const numbers = new Float32Array(steps.length);
    for (let i = 0; i < letters; i++) {
      const code = CODES.get(text[n * letters + i]);
      numbers[2 * i] = ((code >> 3) - 3.5) * steps[2 * i];
      numbers[2 * i + 1] = ((code & 7) - 3.5) * steps[2 * i + 1];
    }
    return numbers;
  };
  const dot = (one, other) => one.reduce((sum, number, i) => sum + number * other[i], 0);
  const unit = (numbers) => {
    const length = Math.sqrt(dot(numbers, numbers)) || 1;
    return numbers.map((number) => number / length);
  };
  const mean = (vectors) => unit(vectors.reduce((sum, one) => sum.map((number, i) => number + one[i])));

  // Words and signs as BERT's tokenizer takes them apart: no capitals, no accents, each sign alone.
  const SIGN = /[\p{P}$+<=>^`|~]|[\u4e00-\u9fff\u3400-\u4dbf\uf900-\ufaff]/gu;
  const words = (text) =>
    text
      .replace(/[\p{Zs}\t\n\r]/gu, " ")
      .replace(/[\p{C}\ufffd]/gu, "")
      .normalize("NFD")
      .replace(/\p{Mn}/gu, "")
      .toLowerCase()
      .replace(SIGN, " $& ")
      .split(/\s+/)
      .filter(Boolean);

  // The longest token that a word begins with, then the longest that its rest begins with, and so on.
  const pieces = (word, rows) => {
    const found = [];
    const letters = [...word];
    if (letters.length > LONGEST) return ["[UNK]"];
    for (let start = 0, end; start < letters.length; start = end) {
      const token = () => (start ? "##" : "") + letters.slice(start, end).join("");
      for (end = letters.length; end > start && !rows.has(token()); end--);
      if (end === start) return ["[UNK]"];
      found.push(token());
    }
    return found;
  };
  const SPECIAL = /(\[(?:CLS|SEP|PAD|MASK|UNK)\])/;
  const tokenize = (text, rows) =>
    text.split(SPECIAL).flatMap((part) => (SPECIAL.test(part) ? part : words(part).flatMap((word) => pieces(word, rows))));

  // Returns a function of a question: how like it each section is, an array as long as the sections.
  // table: { tokens, steps, rows }; sections: { counts, steps, rows }, with `counts` pieces in each section.
  const load = (table, sections) => {
    const rows = new Map(table.tokens.split(" ").map((token, n) => [token, n]));
    let next = 0;
    const places = sections.counts.map((count) => {
      const own = Array.from({ length: count }, () => unit(vector(sections.rows, next++, sections.steps)));
      return { own, whole: mean(own) };
    });
    const likeness = (question) => {
      const tokens = tokenize(question, rows);
      if (!tokens.length) return null;
      const asked = mean(tokens.map((token) => vector(table.rows, rows.get(token), table.steps)));
      return places.map(({ own, whole }) => (Math.max(...own.map((one) => dot(asked, one))) + dot(asked, whole)) / 2);
    };
    return Object.assign(likeness, { tokenize: (text) => tokenize(text, rows) });
  };

  return { load, vector };
})();
