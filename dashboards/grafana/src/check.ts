// Checks the committed dashboards against the types that Grafana publishes (@grafana/schema): the dashboard itself, and the
// options and field options of each panel by its kind. Panels must not overlap, and each must say what it is for.
import { Ajv } from 'ajv';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createGenerator } from 'ts-json-schema-generator';

const published = join(dirname(createRequire(import.meta.url).resolve('@grafana/schema/package.json')), 'dist/types/raw');
const ajv = new Ajv({ strict: false, allErrors: true });

function validator(file: string, type: string) {
  return ajv.compile(createGenerator({ path: join(published, file), type, skipTypeCheck: true, additionalProperties: true }).createSchema(type));
}

const ofDashboard = validator('dashboard/x/types.gen.d.ts', 'Dashboard');
const panelOf = (kind: string) => `composable/${kind}/panelcfg/x/types.gen.d.ts`;
const ofOptions: Record<string, ReturnType<typeof validator>[]> = {
  timeseries: [validator(panelOf('timeseries'), 'Options'), validator(panelOf('timeseries'), 'FieldConfig')],
  table: [validator(panelOf('table'), 'Options'), validator(panelOf('table'), 'FieldConfig')],
  stat: [validator(panelOf('stat'), 'Options')],
};

const problems: string[] = [];
const folder = fileURLToPath(new URL('../json/', import.meta.url));
for (const name of readdirSync(folder)) {
  const dashboard = JSON.parse(readFileSync(join(folder, name), 'utf8'));
  const report = (place: string, validate: ReturnType<typeof validator>, value: unknown) => {
    if (!validate(value)) {
      for (const error of validate.errors ?? []) problems.push(`${name} ${place}${error.instancePath} ${error.message} ${JSON.stringify(error.params)}`);
    }
  };
  report('', ofDashboard, dashboard);
  const taken = new Map<string, string>();
  for (const panel of dashboard.panels) {
    const { x, y, w, h } = panel.gridPos;
    for (let column = x; column < x + w; column++) {
      for (let line = y; line < y + h; line++) {
        const before = taken.get(`${column},${line}`);
        if (before) problems.push(`${name}: ${panel.title} lies on ${before}`);
        taken.set(`${column},${line}`, panel.title);
      }
    }
    if (x + w > 24) problems.push(`${name}: ${panel.title} is too wide`);
    if (panel.type === 'row') continue;
    if (!panel.description) problems.push(`${name}: ${panel.title} does not say what it is for`);
    const [options, field] = ofOptions[panel.type];
    report(`${panel.title} options`, options, panel.options);
    if (field) report(`${panel.title} fieldConfig`, field, panel.fieldConfig.defaults.custom);
  }
}
if (problems.length > 0) {
  console.error([...new Set(problems)].join('\n'));
  process.exit(1);
}
