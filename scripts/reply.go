package scripts

import "strconv"

// The replies of the commands are checked where a wrong one could do harm; where
// it could not, what does not fit counts as absent.

func toInt(v any) int64 {
	switch v := v.(type) {
	case int64:
		return v
	case string:
		n, _ := strconv.ParseInt(v, 10, 64)
		return n
	}
	return 0
}

func toFloat(v any) float64 {
	switch v := v.(type) {
	case int64:
		return float64(v)
	case string:
		f, _ := strconv.ParseFloat(v, 64)
		return f
	}
	return 0
}

func toString(v any) string {
	s, _ := v.(string)
	return s
}
