/** Of sorted values, the one that so large a share of them does not exceed; 0 of none. */
export function percentile(sorted: Float32Array | Float64Array, share: number): number {
  if (sorted.length === 0) return 0
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? 0
}

export interface Quantiles {
  p50Ms: number
  p99Ms: number
  p999Ms: number
}

export function quantiles(values: Float32Array): Quantiles {
  const sorted = values.toSorted()
  return { p50Ms: percentile(sorted, 0.5), p99Ms: percentile(sorted, 0.99), p999Ms: percentile(sorted, 0.999) }
}
