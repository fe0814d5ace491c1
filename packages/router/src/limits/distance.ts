/** How round trips become a distance. Each with its unit in the name and its reason above it. */

/** RFC 6298's gains: the mean forgets in about eight samples, the deviation in four. */
export const MEAN_GAIN: number = 1 / 8
export const DEVIATION_GAIN: number = 1 / 4

/** Distance of a peer nobody has measured: farther than most of the Earth, so measured ones go first, yet not out of reach. */
export const RTT_UNKNOWN_MS = 300

/** A laptop changes its network within minutes: after such a gap the next sample counts as the first. */
export const RTT_STALE_MS: number = 5 * 60_000

/** Round trips at the start of which the least counts: a link opens with as many pings, while both ends are busy with its start. */
export const RTT_OPENING_SAMPLES = 6

/**
 * A round trip below this share of the mean begins a new one. Heartbeats behind a large body or in a short break of the line
 * take seconds; a mean made of those would keep a peer far for minutes, while a Wi-Fi's ups and downs stay above the share.
 */
export const RTT_RELIEF_SHARE: number = 1 / 4

/** How much of its deviation counts as distance: steadiness is worth something, but one late heartbeat not much. */
export const RTT_DEVIATION_SHARE = 0.5

/** The error of a mean with gain 1/8, as a share of the deviation: sqrt((1/8) / (2 - 1/8)) of about 1.25 deviations. */
export const MEAN_ERROR_SHARE: number = 1 / 3

/** Predictions of network and queue closer than this are equal for any person, whatever was measured. */
export const NEAR_EQUAL_SHARE = 0.025
