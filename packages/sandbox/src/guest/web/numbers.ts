import { webidl } from 'undici/lib/web/webidl/index.js'

/**
 * Every status of every response is converted by the book of Web IDL, which takes a quarter of what a response takes. An
 * integer that is in bounds comes out as it went in.
 */
const { util } = webidl
const convertToInt = util.ConvertToInt.bind(util)

util.ConvertToInt = (value, bits, ...how) =>
  typeof value === 'number' && value > 0 && value < 2 ** 15 && bits >= 16 && value === value >> 0
    ? value
    : convertToInt(value, bits, ...how)
