import { URLPattern } from 'urlpattern-polyfill/urlpattern'
import { expose } from '../expose.ts'

expose({ URLPattern })
