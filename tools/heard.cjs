// What the Speech Rule Engine says for each of the formulas that come in as a JSON list, as a JSON list.
// node tools/heard.cjs DOMAIN < formulas.json
const {readFileSync} = require("fs");
const engine = require("speech-rule-engine");

(async () => {
  await engine.setupEngine({locale: "en", domain: process.argv[2], modality: "speech"});
  await engine.engineReady();
  const formulas = JSON.parse(readFileSync(0, "utf8"));
  process.stdout.write(JSON.stringify(formulas.map(formula => engine.toSpeech(formula))));
})();
