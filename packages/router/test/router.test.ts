import { router } from '../src/index.ts'
import { placementContract } from './placement-contract.ts'

placementContract('the router', router())
