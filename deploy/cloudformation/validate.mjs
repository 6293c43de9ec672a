// validate.mjs FILE... prints what the validator finds in each template, a JSON line a file.
import { RegoEngine, TemplateFile } from "@aws/cloudformation-validate";

const parameterOverrides = {
  Vpc: "vpc-0123456789abcdef0",
  Subnets: "subnet-0123456789abcdef0,subnet-0123456789abcdef1",
  ArchiveBucket: "programs",
  ArchiveSha256: "0".repeat(64),
  AlarmTopic: "arn:aws:sns:eu-west-1:123456789012:alarms",
};

const engine = new RegoEngine();
for (const file of process.argv.slice(2)) {
  const report = engine.validateStandard(new TemplateFile(file), { severityLevel: "WARN", parameterOverrides });
  const found = report.diagnostics.map((d) => `${d.severity} ${d.ruleId}: ${d.message}`);
  console.log(JSON.stringify({ file, found }));
}
engine.free();
