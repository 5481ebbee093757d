// Prints what cdk-nag finds in a CloudFormation template: node scan.js TEMPLATE FOLDER, where FOLDER takes its report.
const { readFileSync } = require("node:fs");
const { App, Stack, Validations } = require("aws-cdk-lib");
const { CfnInclude } = require("aws-cdk-lib/cloudformation-include");
const { AwsSolutionsChecks, ServerlessChecks } = require("cdk-nag");

const [, , template, folder] = process.argv;
const app = new App({ outdir: folder });
new CfnInclude(new Stack(app, "Scanned"), "Template", { templateFile: template });
Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new ServerlessChecks(app));
try {
  app.synth();
} catch (failed) {
  // So it ends when a rule is violated, once the report is written.
  if (!String(failed).includes("validation-report.json")) throw failed;
}
process.stdout.write(readFileSync(`${folder}/validation-report.json`));
