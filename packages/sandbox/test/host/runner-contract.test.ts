import { bench } from './support.ts'
import { runnerContract } from './runner-contract.ts'

runnerContract('the sandbox as a runner', () => bench().runner)
