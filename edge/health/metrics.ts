// The same facts for a machine that watches many boxes. No personal data: no extension, no account, no number.
import {Gauge, Registry} from 'prom-client';
import type {LineCounts} from './facts.ts';
import type {BoxStatus, Light} from './status.ts';

const LIGHTS: readonly Light[] = ['ok', 'warning', 'fault', 'off'];

/** Every figure is read when it is asked for. Text format of Prometheus, version 0.0.4. */
export function createMetrics(status: () => BoxStatus, lineCounts: () => LineCounts): Registry {
  const registry = new Registry();
  const gauge = <L extends string>(name: string, help: string, labelNames: readonly L[], collect: (gauge: Gauge<L>) => void): void => {
    registry.registerMetric(
      new Gauge<L>({
        name: `spbs_${name}`,
        help,
        labelNames: [...labelNames],
        registers: [],
        collect() {
          this.reset();
          collect(this);
        },
      }),
    );
  };

  gauge('stage_light', '1 for the light that a stage of the flow shows', ['stage', 'light'], (each) => {
    for (const stage of status().stages) for (const light of LIGHTS) each.set({stage: stage.name, light}, Number(stage.light === light));
  });
  gauge('stage_last_event_seconds', 'time of the last event of a stage, seconds since 1970', ['stage'], (each) => {
    for (const stage of status().stages) if (stage.last !== undefined) each.set({stage: stage.name}, stage.last.at / 1000);
  });
  gauge('stage_count', 'what a stage counts', ['stage', 'what'], (each) => {
    for (const stage of status().stages) for (const {name, value} of stage.counters) each.set({stage: stage.name, what: name}, value);
  });
  gauge('link_up', '1 while a feed or the switchboard is connected', ['stage', 'subject'], (each) => {
    for (const stage of status().stages) {
      for (const link of stage.links) each.set({stage: stage.name, subject: link.subject}, Number(link.state.kind === 'up'));
    }
  });
  gauge('lines', 'what became of the lines of a feed', ['feed', 'outcome'], (each) => {
    for (const {feed, outcome, count} of lineCounts()) each.set({feed, outcome}, count);
  });
  gauge('incidents_open', 'incidents that have begun and not ended', ['code'], (each) => {
    for (const {code} of status().incidents) each.inc({code});
  });
  gauge('journal_head', 'last row of a log between box and cloud', ['log'], (each) => {
    const {up, down} = status().heads;
    each.set({log: 'up'}, up.seq);
    each.set({log: 'down'}, down.seq);
  });
  machineGauges(gauge, status);
  return registry;
}

type MakeGauge = (name: string, help: string, labelNames: readonly string[], collect: (gauge: Gauge) => void) => void;

function machineGauges(gauge: MakeGauge, status: () => BoxStatus): void {
  gauge('disk_free_bytes', 'space left where the ledger lives', [], (each) => {
    const {disk} = status();
    if (disk !== undefined) each.set(disk.freeBytes);
  });
  gauge('memory_bytes', 'resident memory of the process', [], (each) => each.set(status().memoryBytes));
  gauge('event_loop_lag_seconds', 'delay of the event loop of late', ['quantile'], (each) => {
    const {p99Ms, maxMs} = status().eventLoopLag;
    each.set({quantile: '0.99'}, p99Ms / 1000);
    each.set({quantile: '1'}, maxMs / 1000);
  });
  gauge('started_seconds', 'when the process began, seconds since 1970', [], (each) => each.set(status().startedAt / 1000));
}
