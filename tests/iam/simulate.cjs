// Runs each simulation of a JSON array on standard input; writes an array of {result, allowing} or {error}.
const { runSimulation } = require("@cloud-copilot/iam-simulate");

async function simulate(simulation) {
  const answer = await runSimulation(simulation, {});
  if (answer.resultType === "error") return { error: JSON.stringify(answer.errors) };
  const analyses = answer.resultType === "single" ? [answer.result] : answer.results;
  const allowing = analyses.flatMap(({ analysis }) =>
    (analysis.identityAnalysis?.allowStatements ?? []).map((statement) => statement.policyId),
  );
  return { result: answer.overallResult, allowing };
}

async function main() {
  const chunks = [];
  for await (const chunk of process.stdin) chunks.push(chunk);
  const results = [];
  for (const simulation of JSON.parse(Buffer.concat(chunks).toString("utf8"))) {
    results.push(await simulate(simulation));
  }
  process.stdout.write(JSON.stringify(results));
}

main();
