package repo_test

import (
	"fmt"

	"github.com/kojikit/kojikit/repo"
)

// The new key is wanted first, the old one will do, and the last resort is the
// header that carries no signature.
func ExamplePickKey() {
	wanted := []string{"72fae7fe", "5532c199", ""}
	for _, signed := range [][]string{{"5532c199", "72fae7fe"}, {"", "5532c199"}, {""}, nil} {
		key, ok := repo.PickKey(wanted, signed)
		fmt.Printf("%q %v\n", key, ok)
	}
	// Output:
	// "72fae7fe" true
	// "5532c199" true
	// "" true
	// "" false
}
