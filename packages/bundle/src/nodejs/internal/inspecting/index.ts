// The order matters.
import './lend.ts'
import inspecting from 'node-inspect-extracted'
import './take-back.ts'

/** Node's own `util.inspect`, cut out of Node. */
export default inspecting
