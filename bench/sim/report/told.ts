import type { Report } from '../simulate.ts'

/** A report, with what it cost by the real clock to make it. */
export type Told = Report & { cost?: { seconds: number; cpuSeconds: number; maxRssMb: number } }
