import { clearTimeout, setImmediate as immediately, setInterval, setTimeout as later } from './internal/timers.ts'
import { setImmediate as promisedImmediate, setTimeout as promisedTimeout } from './timers/promises.ts'

const promised = Symbol.for('nodejs.util.promisify.custom')

/** What `promisify` gives of them: by itself it would put the callback last, and theirs comes first. */
export const setTimeout = Object.assign(later, { [promised]: promisedTimeout })
export const setImmediate = Object.assign(immediately, { [promised]: promisedImmediate })

export { clearTimeout, clearTimeout as clearInterval, clearTimeout as clearImmediate, setInterval }

export default {
  setTimeout,
  setInterval,
  setImmediate,
  clearTimeout,
  clearInterval: clearTimeout,
  clearImmediate: clearTimeout,
}
