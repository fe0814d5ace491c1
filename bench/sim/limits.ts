/** The model that all figures rest on, each with its unit. Issue and `research/routing.md` fix what is marked "given". */

/** Cities on the sphere: given as 30 to 60. */
export const CITIES_MIN = 30
export const CITIES_MAX = 60

/** Cities lie around so many centres, as on continents, and so far from them, in radians. */
export const CONTINENTS = 7
export const CONTINENT_SPREAD = 0.22

/** City sizes fall with their rank to this power: the largest of 45 holds about a tenth of all peers. */
export const CITY_SIZE_POWER = 0.7

/** Round trip per radian of the great circle: light in glass there and back is 64 ms, real ways are longer by 1.4. */
export const MS_PER_RADIAN = 90

/** Within a city (given: 2 to 20 ms in all): a router in between, a way across town, and two access lines. */
export const CITY_BASE_MS = 1
export const CITY_RADIUS_MS = 4.5
export const HEIGHT_MIN_MS = 0.5
export const HEIGHT_SPREAD_MS = 4

/** Pairs whose way is a detour (given: 10 %), and how much longer it is. */
export const DETOUR_SHARE = 0.1
export const DETOUR_MIN = 1.5
export const DETOUR_SPREAD = 1

/** A call's jitter, common to all runners (given: 5 %), as deviation. */
export const JITTER = 0.05

/** Given: runners among peers, their slots, the ratio of the quickest to the slowest. */
export const RUNNER_SHARE = 0.25
export const SLOTS_MAX = 8
export const SPEED_SPREAD = 3

/** Given: functions, their popularity's power, means of their runs at speed 1, deviation of the logarithm. */
export const FUNCTIONS = 500
export const POPULARITY_POWER = 1
export const SERVICE_MIN_MS = 20
export const SERVICE_MAX_MS = 50
export const SERVICE_SIGMA = 1

/** Given: an isolate's start, and a bundle of 100 KB over 20 to 100 Mbit/s. */
export const COLD_MS = 5
export const BUNDLE_BITS = 800_000
export const BANDWIDTH_MIN_BITS_PER_MS = 20_000
export const BANDWIDTH_MAX_BITS_PER_MS = 100_000

/** Warm isolates and stored bundles of one runner ("bounded" is given): of 500 functions they take 80 and 90 % of the calls. */
export const WARM_MAX = 128
export const BUNDLES_MAX = 256

/** Demand in cities whose own demand is over their capacity: given as at least 20 %. */
export const HOT_DEMAND_SHARE = 0.22
/** How far over: between these, as a share of the city's capacity. */
export const HOT_MIN = 1.25
export const HOT_MAX = 2

/** Given: a lost call counts as its deadline. */
export const DEADLINE_MS = 30_000

/** Attempts in a row before a caller waits, as the caller that ships has them. */
export const ATTEMPTS_MAX = 8
/** How long it then waits at first; it doubles each time. */
export const WAIT_FIRST_MS = 50
export const WAIT_MAX_MS = 2000

/** Runners that a peer hears from: the nearest, and more by the logarithm of their rank. */
export const KNOWN_NEAR = 12
export const KNOWN_FAR = 12

/** Share of the calls that may be repeated, by function. */
export const REPEATABLE_SHARE = 0.8

/** A peer that leaves closes its links in so many of ten cases; else silence tells, as `net` counts it. */
export const CLOSES_SHARE = 0.5
export const SILENCE_MS = 2500

/** A peer that left is back after so long, in the mean. */
export const AWAY_MS = 60_000

/** Round trips that are measured at once when a link comes up, as `net` does. */
export const OPENING_PINGS = 3

/** A link to a peer that is back is up after so long. */
export const RELINK_MS = 1000

/** Between two words of a caller about what it measured of runners, to how many runners, and how many of these each passes on. */
export const EVIDENCE_MS = 4000
export const EVIDENCE_TOLD_TO = 6
export const EVIDENCE_HELD_MAX = 16

/** Answers of a runner that answers wrongly that are wrong, and answers that somebody can check, as shares. */
export const WRONG_SHARE = 0.5
export const CHECKED_SHARE = 0.2
