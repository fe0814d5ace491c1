import { URL, URLSearchParams } from 'whatwg-url'
import { expose } from '../expose.ts'

expose({ URL, URLSearchParams })
