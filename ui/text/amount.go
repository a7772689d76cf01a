package text

import (
	"math"
	"strconv"
	"strings"
)

// Amount reads a number of octets or bits as people type it: "500k", "10M", "1.5G", in powers of 1000; false if it is
// none, or below 1.
func Amount(typed string) (int64, bool) {
	if typed == "" {
		return 0, false
	}
	unit := 1.0
	if i := strings.IndexAny("kmg", strings.ToLower(typed[len(typed)-1:])); i >= 0 {
		unit, typed = math.Pow(1000, float64(i+1)), typed[:len(typed)-1]
	}
	n, err := strconv.ParseFloat(typed, 64)
	n *= unit
	return int64(n), err == nil && n >= 1 && n < 1e15
}
