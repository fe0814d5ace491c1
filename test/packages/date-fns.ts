import {
  addBusinessDays,
  differenceInCalendarMonths,
  formatISO,
  intervalToDuration,
  lightFormat,
  parse,
} from 'date-fns'
import { format } from 'date-fns/format'
import { de } from 'date-fns/locale'

export default (): Response => {
  const day = parse('31.01.2026', 'dd.MM.yyyy', new Date(0))
  return Response.json({
    german: format(day, 'EEEE, d. MMMM yyyy', { locale: de }),
    light: lightFormat(day, 'yyyy-MM-dd'),
    business: formatISO(addBusinessDays(day, 3), { representation: 'date' }),
    months: differenceInCalendarMonths(new Date(2027, 2, 1), day),
    duration: intervalToDuration({ start: day, end: new Date(2026, 1, 3, 4) }),
  })
}
