// What the dashboards have in common: the look of a panel, the variables, the way from one to the other and to the run page.
import * as common from '@grafana/grafana-foundation-sdk/common';
import * as dashboard from '@grafana/grafana-foundation-sdk/dashboard';
import * as prometheus from '@grafana/grafana-foundation-sdk/prometheus';
import * as stat from '@grafana/grafana-foundation-sdk/stat';
import * as table from '@grafana/grafana-foundation-sdk/table';
import * as timeseries from '@grafana/grafana-foundation-sdk/timeseries';

const SOURCE = { type: 'prometheus', uid: '${datasource}' };

/** Grafana's grid has this many columns. */
const WIDTH = 24;

export const UIDS = {
  fleet: 'foreshock-fleet',
  run: 'foreshock-run',
  preference: 'foreshock-preference',
  self: 'foreshock-self',
};

/** Of what two exporters of one Foreshock tell alike, one. */
export function once(selector: string): string {
  return `max without (instance, job) (${selector})`;
}

/** A query over time. */
export function over(expr: string, legend: string): prometheus.DataqueryBuilder {
  return new prometheus.DataqueryBuilder().expr(expr).legendFormat(legend).range().datasource(SOURCE);
}

/** A query of now, as rows. */
export function now(expr: string, refId = 'A'): prometheus.DataqueryBuilder {
  return new prometheus.DataqueryBuilder()
    .expr(expr)
    .instant()
    .format(prometheus.PromQueryFormat.Table)
    .refId(refId)
    .datasource(SOURCE);
}

export interface Step {
  from: number | null;
  color: string;
}

export function thresholds(steps: Step[]): dashboard.ThresholdsConfigBuilder {
  return new dashboard.ThresholdsConfigBuilder()
    .mode(dashboard.ThresholdsMode.Absolute)
    .steps(steps.map(({ from, color }) => ({ value: from, color })));
}

/** Green until it reaches the warning, then amber, then red. */
export function good(warning: number, critical: number): Step[] {
  return [
    { from: null, color: 'green' },
    { from: warning, color: 'orange' },
    { from: critical, color: 'red' },
  ];
}

export interface Chart {
  title: string;
  help: string;
  unit?: string;
  targets: prometheus.DataqueryBuilder[];
  logarithmic?: boolean;
  width?: number;
  steps?: Step[];
}

/** Lines over time. */
export function chart({ title, help, unit = 'short', targets, logarithmic, width = 12, steps }: Chart) {
  const panel = new timeseries.PanelBuilder()
    .title(title)
    .description(help)
    .datasource(SOURCE)
    .unit(unit)
    .height(8)
    .span(width)
    .lineWidth(1)
    .fillOpacity(0)
    .showPoints(common.VisibilityMode.Never)
    // A scrape that is missed is no gap; an hour without the run is one.
    .spanNulls(120_000)
    .legend(
      new common.VizLegendOptionsBuilder()
        .displayMode(common.LegendDisplayMode.List)
        .placement(common.LegendPlacement.Bottom)
        .showLegend(true),
    )
    .tooltip(new common.VizTooltipOptionsBuilder().mode(common.TooltipDisplayMode.Multi).sort(common.SortOrder.Descending))
    .targets(targets);
  if (logarithmic) {
    panel.scaleDistribution(new common.ScaleDistributionConfigBuilder().type(common.ScaleDistribution.Log).log(10));
  }
  if (steps) {
    panel.thresholds(thresholds(steps)).thresholdsStyle(
      new common.GraphThresholdsStyleConfigBuilder().mode(common.GraphThresholdsStyleMode.Dashed),
    );
  }
  return panel;
}

export interface Figure {
  title: string;
  help: string;
  unit?: string;
  expr: string;
  steps?: Step[];
  width?: number;
  noValue?: string;
  texts?: Record<string, { text: string; color: string }>;
}

/** One number. */
export function figure({ title, help, unit = 'short', expr, steps, width = 4, noValue, texts }: Figure) {
  const panel = new stat.PanelBuilder()
    .title(title)
    .description(help)
    .datasource(SOURCE)
    .unit(unit)
    .height(4)
    .span(width)
    .graphMode(common.BigValueGraphMode.None)
    .colorMode(common.BigValueColorMode.Value)
    .reduceOptions(new common.ReduceDataOptionsBuilder().calcs(['lastNotNull']).fields('').values(false))
    .thresholds(thresholds(steps ?? [{ from: null, color: 'text' }]))
    .withTarget(over(expr, ''));
  if (noValue) {
    panel.noValue(noValue);
  }
  if (texts) {
    panel.mappings([{ type: dashboard.MappingType.ValueToText, options: texts }]);
  }
  return panel;
}

export interface Column {
  /** Name of the field as the query gives it. */
  field: string;
  title: string;
  unit?: string;
  decimals?: number;
  width?: number;
  texts?: Record<string, { text: string; color: string }>;
  link?: { title: string; url: string; blank?: boolean };
}

export interface Rows {
  title: string;
  help: string;
  targets: prometheus.DataqueryBuilder[];
  columns: Column[];
  sort: { title: string; descending?: boolean };
  height?: number;
  noValue: string;
}

const SEVERITIES = {
  critical: { text: 'critical', color: 'red' },
  warning: { text: 'warning', color: 'orange' },
  info: { text: 'info', color: 'blue' },
};

/** A table with these columns in this order and no other. */
export function rows({ title, help, targets, columns, sort, height = 10, noValue }: Rows) {
  const panel = new table.PanelBuilder()
    .title(title)
    .description(help)
    .datasource(SOURCE)
    .height(height)
    .span(WIDTH)
    .noValue(noValue)
    .targets(targets)
    .filterable(true)
    .cellOptions({ type: common.TableCellDisplayMode.Auto })
    .withTransformation({ id: 'merge', options: {} })
    .withTransformation({
      id: 'filterFieldsByName',
      options: { include: { names: columns.map((column) => column.field) } },
    })
    .withTransformation({
      id: 'organize',
      options: {
        excludeByName: {},
        indexByName: Object.fromEntries(columns.map((column, index) => [column.field, index])),
        renameByName: Object.fromEntries(columns.map((column) => [column.field, column.title])),
      },
    })
    .sortBy([new common.TableSortByFieldStateBuilder().displayName(sort.title).desc(sort.descending ?? false)]);
  for (const column of columns) {
    const properties: dashboard.DynamicConfigValue[] = [];
    if (column.unit) properties.push({ id: 'unit', value: column.unit });
    if (column.decimals !== undefined) properties.push({ id: 'decimals', value: column.decimals });
    if (column.width) properties.push({ id: 'custom.width', value: column.width });
    const texts = column.field === 'severity' ? SEVERITIES : column.texts;
    if (texts) {
      properties.push(
        { id: 'mappings', value: [{ type: 'value', options: texts }] },
        { id: 'custom.cellOptions', value: { type: 'color-text' } },
      );
    }
    if (column.link) {
      const { title: text, url, blank = false } = column.link;
      properties.push({ id: 'links', value: [{ title: text, url, targetBlank: blank }] });
    }
    if (properties.length > 0) panel.overrideByName(column.title, properties);
  }
  return panel;
}

/** To the dashboard of the run in this row. */
export const TO_RUN = {
  title: 'Dashboard of this run',
  url: `/d/${UIDS.run}?var-run=\${__data.fields.Run:percentencode}&\${datasource:queryparam}&\${page:queryparam}&\${__url_time_range}`,
};

/** To the run page, with the incident in this row. */
export const TO_INCIDENT = {
  title: 'Run page',
  url: '${page}/runs/${__data.fields.Run:percentencode}?incident=${__data.fields.Incident}',
  blank: true,
};

export function row(title: string): dashboard.RowBuilder {
  return new dashboard.RowBuilder(title);
}

/** The run that is shown. */
export function runVariable(): dashboard.QueryVariableBuilder {
  return new dashboard.QueryVariableBuilder('run')
    .label('Run')
    .description('A run that the exporter tells of; one that ended leaves 15 minutes later.')
    .datasource(SOURCE)
    .query({ query: 'label_values(foreshock_run_state, run)', refId: 'run' })
    .refresh(dashboard.VariableRefresh.OnTimeRangeChanged)
    .sort(dashboard.VariableSort.AlphabeticalAsc)
    .allowCustomValue(true);
}

/** A dashboard with its variables and the links to the others. */
export function shell(uid: string, title: string, description: string): dashboard.DashboardBuilder {
  const link = (name: string, to: string) =>
    new dashboard.DashboardLinkBuilder(name)
      .type(dashboard.DashboardLinkType.Link)
      .url(`/d/${to}`)
      .keepTime(true)
      .includeVars(true);
  return new dashboard.DashboardBuilder(title)
    .uid(uid)
    .description(description)
    .tags(['foreshock'])
    .timezone('browser')
    .time({ from: 'now-6h', to: 'now' })
    .refresh('15s')
    .tooltip(dashboard.DashboardCursorSync.Crosshair)
    .withVariable(
      new dashboard.DatasourceVariableBuilder('datasource')
        .label('Prometheus')
        .description('The Prometheus that scrapes foreshock exporter.')
        .type('prometheus'),
    )
    .withVariable(
      new dashboard.TextBoxVariableBuilder('page')
        .label('Run page')
        .description('Address of foreshock page, for the links to it.')
        .defaultValue('http://localhost:8080'),
    )
    .links([
      link('Fleet', UIDS.fleet),
      link('Run', UIDS.run),
      link('RL and preference', UIDS.preference),
      link('Foreshock itself', UIDS.self),
    ]);
}
