package config

import (
	"maps"
	"reflect"
	"slices"
	"strings"
)

// suggestKey finds the key of a table that was meant: one in a table below it with that very name, or the nearest.
func suggestKey(table reflect.Type, name string) string {
	if table.Kind() != reflect.Struct {
		return ""
	}
	keys := fields(table)
	var below []string
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		if typ := keys[key]; typ.Kind() == reflect.Struct {
			if _, ok := fields(typ)[name]; ok {
				below = append(below, key+"."+name)
			}
		}
	}
	if len(below) == 1 {
		return below[0]
	}
	return Nearest(name, slices.Sorted(maps.Keys(keys)))
}

// Nearest gives the word that is at most a third of its letters, and at least one mistake, away; "" if none is.
func Nearest(word string, words []string) string {
	word = strings.ReplaceAll(strings.ToLower(word), "-", "_")
	best, bestDistance := "", 1+max(1, len([]rune(word))/3)
	for _, w := range words {
		if d := distance(word, w); d < bestDistance {
			best, bestDistance = w, d
		}
	}
	return best
}

// distance counts the letters to insert, remove, replace or swap with their neighbour to make b of a.
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	var before, last, row []int
	last = make([]int, len(y)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(x); i++ {
		row = make([]int, len(y)+1)
		row[0] = i
		for j := 1; j <= len(y); j++ {
			cost := 1
			if x[i-1] == y[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last = last, row
	}
	return last[len(y)]
}
