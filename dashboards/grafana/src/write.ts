// Writes json/*.json; with --check it compares instead, and fails where the committed files are stale.
import { readFileSync, writeFileSync } from 'node:fs';
import { fleet } from './fleet.js';
import { preference } from './preference.js';
import { run } from './run.js';
import { self } from './self.js';

const check = process.argv.includes('--check');
const stale: string[] = [];

for (const builder of [fleet, run, preference, self]) {
  const dashboard = builder.build();
  // The library hides links and annotations in a menu; they are to stand above the panels.
  for (const shown of [...(dashboard.links ?? []), ...(dashboard.annotations?.list ?? [])]) delete shown.placement;
  const file = new URL(`../json/${dashboard.uid}.json`, import.meta.url);
  const text = JSON.stringify(dashboard, null, 2) + '\n';
  if (!check) {
    writeFileSync(file, text);
  } else if (read(file) !== text) {
    stale.push(`json/${dashboard.uid}.json`);
  }
}

if (stale.length > 0) {
  console.error(`${stale.join(', ')} differ from src: run 'npm run build' in dashboards/grafana and commit what it writes`);
  process.exit(1);
}

function read(file: URL): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
