/** How one's place in the network's space is found. Each with its unit in the name and its reason above it. */

/** Vivaldi's gain: how much of what a prediction was off by one sample mends, where one's own place is as uncertain as can be. */
export const COORDINATE_GAIN = 0.25

/** Where nothing is known, a prediction is off by more than itself. */
export const COORDINATE_ERROR_MAX = 1.5

/** The most by which one sample counts as off: half around the Earth, so a liar has no more weight than an honest far peer. */
export const COORDINATE_FORCE_MAX_MS = 200

/** Where gravity pulls by 1 ms a sample: well beyond the Earth, so it ends drift and bends nothing. */
export const COORDINATE_GRAVITY_MS = 500

/** Not even a machine beside this one answers in no time. */
export const HEIGHT_MIN_MS = 0.01

/** Samples that the constant offset is the mean of: Serf's choice, some seconds of heartbeats. */
export const ADJUSTMENT_SAMPLES = 20

/** Round trips of one peer of which the median counts for coordinates: three take out a single late one. */
export const MEDIAN_SAMPLES = 3
