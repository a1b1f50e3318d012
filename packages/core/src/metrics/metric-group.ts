import { CounterGroup } from './counter-group.ts'
import { BucketHistogram, type Histogram, type HistogramSummary } from './histogram.ts'
import type { Gauge, OperatorMetrics } from './operator-metrics.ts'

/** The metrics of one operator, by name: counters, which checkpoints keep; gauges and histograms, which begin anew. */
export class MetricGroup extends CounterGroup implements OperatorMetrics {
  readonly #gauges = new Map<string, SetGauge>()
  readonly #histograms = new Map<string, BucketHistogram>()

  gauge(name: string): Gauge {
    let gauge = this.#gauges.get(name)
    if (gauge === undefined) {
      gauge = new SetGauge()
      this.#gauges.set(name, gauge)
    }
    return gauge
  }

  histogram(name: string): Histogram {
    let histogram = this.#histograms.get(name)
    if (histogram === undefined) {
      histogram = new BucketHistogram()
      this.#histograms.set(name, histogram)
    }
    return histogram
  }

  gaugeValues(): Record<string, number> {
    return Object.fromEntries([...this.#gauges].map(([name, gauge]) => [name, gauge.value]))
  }

  histogramSummaries(): Record<string, HistogramSummary> {
    return Object.fromEntries([...this.#histograms].map(([name, histogram]) => [name, histogram.summary()]))
  }
}

class SetGauge implements Gauge {
  value = 0

  set(value: number): void {
    this.value = value
  }
}
