package rpmmd

import (
	"cmp"
	"path"
	"strings"
)

// compareHref is the order of packages in a repository: by base name, then by
// directory.
func compareHref(a, b string) int {
	dirA, baseA := path.Split(a)
	dirB, baseB := path.Split(b)
	return cmp.Or(
		strings.Compare(baseA, baseB),
		strings.Compare(strings.TrimSuffix(dirA, "/"), strings.TrimSuffix(dirB, "/")),
	)
}

// trimChecksum removes the checksum that an earlier repository put before the
// name of a file. Only its length tells.
func trimChecksum(name string) string {
	for _, n := range [...]int{32, 40, 64, 128} {
		if len(name) > n+1 && name[n] == '-' {
			return name[n+1:]
		}
	}
	return name
}
