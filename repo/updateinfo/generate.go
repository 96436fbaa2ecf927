package updateinfo

import (
	"cmp"
	"iter"
	"slices"

	"github.com/kojikit/kojikit/repo/rpmmd"
)

// Notice is an advisory whose packages are still to be found.
type Notice struct {
	Advisory    Advisory
	Builds      []string // that it is about, as NAME-VERSION-RELEASE of the source
	Short, Name string   // of the collection that the packages are put into
}

// Generate returns the advisories with the packages of their builds, in the order
// of the notices. Of the packages of a repository, which it reads to the end, only
// those that are wanted are kept. An advisory none of whose packages is in the
// repository is left out, for there it says nothing. A failure of the sequence of
// packages is returned as it is.
func Generate(notices []Notice, packages iter.Seq2[*rpmmd.Package, error]) ([]Advisory, error) {
	wanted := map[string][]int{} // indexes of notices, by build
	for i := range notices {
		for _, nvr := range notices[i].Builds {
			if list := wanted[nvr]; len(list) == 0 || list[len(list)-1] != i {
				wanted[nvr] = append(list, i)
			}
		}
	}
	found := make([][]Package, len(notices))
	for p, err := range packages {
		if err != nil {
			return nil, err
		}
		for _, i := range wanted[build(p)] {
			found[i] = append(found[i], PackageOf(p))
		}
	}
	var advisories []Advisory
	for i := range notices {
		if len(found[i]) == 0 {
			continue
		}
		slices.SortStableFunc(found[i], func(a, b Package) int {
			return cmp.Or(cmp.Compare(a.Filename, b.Filename), cmp.Compare(a.Arch, b.Arch))
		})
		a := notices[i].Advisory
		a.Collections = append(slices.Clip(a.Collections), Collection{Short: notices[i].Short, Name: notices[i].Name, Packages: found[i]})
		advisories = append(advisories, a)
	}
	return advisories, nil
}
