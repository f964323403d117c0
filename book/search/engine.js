// The ranking of the search: pure functions of an index, its sections and a question.
// The browser runs them, and V8 in tests and benchmarks. MiniSearch and Porter's Stemmer come before this.
const BookSearch = (() => {
  // Words that say nothing about what is asked.
  const SILENT = new Set(
    (
      "a about an and any are as at be been but by can could did do does doing don for from get got had has have how i if in into is it " +
      "also anything come each end give instead many most need one other put rather really something still tell up way " +
      "its just like may me might must my not of on or our please shall should so some than that the their them then there " +
      "they thing this these those to too us use used using want was we were what when where which while who why will with would you your"
    ).split(" "),
  );
  // How much a word counts by where it stands.
  const FIELDS = { heading: 3.2, names: 3, also: 2.5, key: 1.5, text: 1, path: 0.4 };
  // How much a section counts by what it is.
  const KINDS = { question: 1.25, lesson: 1, claim: 0.7, term: 0.5, name: 0.4, page: 0.5, aside: 0.3 };
  const BM25 = { k: 2.4, b: 0.35, d: 0.5 };
  const RARE = 1.3; // how much more a rare word counts
  const UNKNOWN = 0.8; // a word that stands nowhere: it may be a typing error
  const SYNONYM = 0.5; // a word that means the same, beside 1 for the reader's own
  const ALL_WORDS = 0.5; // how much of a score hangs on the share of the words that are found
  const MEANING = 2; // a likeness of 0.5 counts as much as the best score by words
  const ALIKE = 0.45; // so like a question is a section that none of its words finds, but its meaning does

  const stemmer = new Stemmer();
  const stem = (word) => {
    const american = word.replace(/is(e[drs]?|ing|ations?)$/, "iz$1").replace(/(..)our/, "$1or");
    const found = /^[a-z]{3,}$/.test(american) ? stemmer.stemWord(american) : american;
    return found === "ad" ? "add" : found;
  };

  // `position_ids` is also "position" and "ids", LayerNorm also "layer" and "norm".
  const parts = (word) => {
    const pieces = word.split(/_+|(?<=[a-z]{2})(?=[A-Z][a-z]{2})/).filter(Boolean);
    return pieces.length > 1 ? [word.replace(/^_+|_+$/g, ""), ...pieces] : pieces;
  };
  // A name of code may stand against a Chinese, Japanese or Korean word without a space.
  const EASTERN = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}]+/gu;
  const tokenize = (text) =>
    (text.replace(/['’]s\b/g, "").replace(EASTERN, " $& ").match(/[\p{L}\p{N}_]+/gu) ?? []).flatMap(parts);
  const processTerm = (word) => {
    const lower = word.toLowerCase();
    const sign = "ġċ".includes(lower); // the space and the line break of byte-level tokens
    return SILENT.has(lower) || (/^\p{L}$/u.test(lower) && !sign) ? null : stem(lower);
  };
  const stems = (text) => tokenize(text).map(processTerm).filter(Boolean);

  const OPTIONS = { fields: Object.keys(FIELDS), tokenize, processTerm };
  const build = (sections) => {
    const index = new MiniSearch(OPTIONS);
    // A heading is also text, so that a word in a short heading does not outweigh all others.
    index.addAll(sections.map((section, id) => ({ ...section, id, text: `${section.heading} ${section.text}` })));
    return index;
  };

  // What MiniSearch keeps, at half the length: a line for each word, and in it for each field the sections that have it,
  // as steps from one to the next in base 36, with how often if more than once: "attent 0a,3*2 4k".
  const pack = (index) => {
    const { documentIds, index: words, ...rest } = index.toJSON();
    const steps = (places) => {
      let last = 0;
      return Object.entries(places).map(([id, count]) => {
        const step = (id - last).toString(36);
        last = Number(id);
        return count > 1 ? `${step}*${count}` : step;
      });
    };
    const line = ([word, fields]) => [word, ...Object.entries(fields).map(([field, places]) => field + steps(places))].join(" ");
    return { ...rest, words: words.map(line).join("\n") };
  };
  const load = ({ words, ...rest }) => {
    const places = (steps) => {
      let id = 0;
      return steps.split(",").map((step) => {
        const [by, count = 1] = step.split("*");
        id += parseInt(by, 36);
        return [id, Number(count)];
      });
    };
    const unpacked = words.split("\n").map((line) => {
      const [word, ...fields] = line.split(" ");
      return [word, Object.fromEntries(fields.map((field) => [field[0], Object.fromEntries(places(field.slice(1)))]))];
    });
    const documentIds = Object.fromEntries(Array.from({ length: rest.documentCount }, (_, id) => [id, id]));
    return MiniSearch.loadJS({ ...rest, documentIds, index: unpacked }, OPTIONS);
  };

  // How rare a word is in the sections, from 0 (in all, or in none) to 1 (in one).
  const weight = (index, word) => {
    const sections = new Set();
    for (const places of index._index.get(word)?.values() ?? []) for (const id of places.keys()) sections.add(id);
    return sections.size && (1 - Math.log(sections.size) / Math.log(index.documentCount)) ** RARE;
  };

  // Each group of synonyms is a list of phrases, and a phrase its stems: made once, when the index is loaded.
  const stemmed = (groups) => groups.map((group) => group.map(stems).filter((phrase) => phrase.length));

  // All words of one phrase stand for those of the others in its group.
  // Returns the words to look for beside those that were asked, each with its weight.
  const expand = (index, asked, groups) => {
    const said = ` ${asked.join(" ")} `;
    const weights = new Map();
    const rarest = (phrase) => Math.max(...phrase.map((word) => weight(index, word)));
    for (const phrases of groups) {
      const used = phrases.filter((phrase) => said.includes(` ${phrase.join(" ")} `));
      const most = Math.max(...used.map((phrase) => rarest(phrase) || 1)); // a synonym tells no more than the word
      for (const phrase of used.length ? phrases : [])
        for (const word of phrase)
          if (!asked.includes(word)) {
            const found = (SYNONYM / phrase.length) * Math.min(most, weight(index, word));
            weights.set(word, Math.max(weights.get(word) ?? 0, found));
          }
    }
    return weights;
  };

  // The whole of the ranking: by words as a part of the best, and by the likeness of meaning.
  const score = ({ words, best, share, kind, meaning = 0 }) =>
    ((words / best) * (1 - ALL_WORDS + ALL_WORDS * share) + MEANING * meaning) * KINDS[kind];

  const order = (one, other) => other.score - one.score || one.id - other.id;

  // All sections by their likeness alone: { id, score, terms }.
  const byMeaning = (sections, likeness) =>
    (likeness ?? [])
      .map((meaning, id) => ({ id, terms: [], score: score({ words: 0, best: 1, share: 0, kind: sections[id].kind, meaning }) }))
      .sort(order);

  // Returns the sections that answer a question, the best first: { id, score, terms }.
  // `likeness` says of each section how like the question it is; without it words alone count.
  const rank = (index, sections, groups, question, likeness) => {
    const about = question.replace(/\b(?:do|does|did) (.*) mean\b/i, "$1"); // "mean" is also a statistic
    const asked = [...new Set(stems(about))];
    if (!asked.length) return [];
    const weights = new Map(asked.map((word) => [word, weight(index, word)]));
    const known = (word) => weights.get(word) > 0;
    const typing = /[\p{L}\p{N}]$/u.test(question) ? asked.at(-1) : null;
    const own = {
      queries: asked,
      boost: FIELDS,
      bm25: BM25,
      boostTerm: (word) => weights.get(word) || UNKNOWN,
      processTerm: (word) => word,
      tokenize: (word) => [word],
      fuzzy: (word) => !known(word) && word.length > 3 && (word.length > 6 ? 2 : 1),
      prefix: (word) => word === typing && word.length > 1 && !known(word),
    };
    const others = expand(index, asked, groups);
    const same = {
      ...own,
      queries: [...others.keys()],
      fuzzy: false,
      prefix: false,
      boostTerm: (word) => others.get(word),
    };
    const found = index.search({ combineWith: "OR", queries: [own, same] });
    const best = found[0]?.score;
    const name = found.length && !/\s/.test(question.trim()); // a single word is looked for by its letters
    const alike = name ? [] : (likeness ?? []);
    const sum = (words) => words.reduce((total, word) => total + (weights.get(word) || UNKNOWN), 0);
    const byWords = found.map(({ id, score: words, terms, queryTerms }) => {
      const share = sum(asked.filter((word) => queryTerms.includes(word))) / sum(asked);
      const meaning = alike[id];
      return { id, terms, score: score({ words, best, share, kind: sections[id].kind, meaning }) };
    });
    const ids = new Set(byWords.map(({ id }) => id));
    const unsaid = byMeaning(sections, alike).filter(({ id }) => !ids.has(id) && alike[id] >= ALIKE);
    return [...byWords, ...unsaid].sort(order);
  };

  // Splits a text into pieces, of which those that were found are marked: [text, found].
  const marked = (text, terms) =>
    text.split(/([\p{L}\p{N}_]+)/u).map((piece) => [piece, stems(piece).some((word) => terms.includes(word))]);

  // The sentence of a text that holds most of the words that were found.
  const sentence = (text, terms) => {
    const hits = (line) => new Set(stems(line).filter((word) => terms.includes(word))).size;
    return text
      .split(/\n|(?<=[.?!])\s+(?=[A-Z])/)
      .reduce((best, line) => (hits(line) > hits(best) ? line : best));
  };

  return { build, pack, load, stemmed, rank, byMeaning, score, marked, sentence };
})();
