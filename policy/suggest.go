package policy

import (
	"slices"
	"strings"
)

// nearest returns the name that a misspelt word most likely stands for, or "".
// Differences in case count less than any other.
func nearest(word string, names []string) string {
	const longest = 64 // spares the effort for hostile words
	const most = 2000
	if word == "" || len(word) > longest || len(names) > most {
		return ""
	}
	best, bestDistance := "", 1+max(1, min(2, len(word)/3))
	for _, name := range names {
		if len(name) > longest {
			continue
		}
		if strings.EqualFold(word, name) {
			return name
		}
		if d := distance(strings.ToLower(word), strings.ToLower(name)); d < bestDistance {
			best, bestDistance = name, d
		}
	}
	return best
}

// didYouMean returns a suggestion, or "" if no name is near.
func didYouMean(word string, names []string) string {
	if name := nearest(word, names); name != "" {
		return "did you mean " + name + "?"
	}
	return ""
}

// distance is the number of insertions, deletions, replacements and swaps of
// neighbours between two words (optimal string alignment).
func distance(a, b string) int {
	from, to := []rune(a), []rune(b)
	rows := make([][]int, len(from)+1)
	for i := range rows {
		rows[i] = make([]int, len(to)+1)
		rows[i][0] = i
	}
	for k := range rows[0] {
		rows[0][k] = k
	}
	for i := 1; i <= len(from); i++ {
		for k := 1; k <= len(to); k++ {
			cost := 1
			if from[i-1] == to[k-1] {
				cost = 0
			}
			d := min(rows[i-1][k]+1, rows[i][k-1]+1, rows[i-1][k-1]+cost)
			if i > 1 && k > 1 && from[i-1] == to[k-2] && from[i-2] == to[k-1] {
				d = min(d, rows[i-2][k-2]+1)
			}
			rows[i][k] = d
		}
	}
	return rows[len(from)][len(to)]
}

// sortedKeys returns the keys of a map in order.
func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
