import inspecting from './inspecting/index.ts'
import * as types from '../util/types.ts'

/** As much of `util` as the library behind `assert` asks for; all of it would ask for that library in turn. */
export default { inspect: inspecting.inspect, types }
