package tag

import (
	"cmp"
	"context"
	"slices"

	"github.com/kojikit/kojikit/koji"
)

// RPMOptions say which rpms to list: those of the builds that BuildOptions
// select.
type RPMOptions struct {
	BuildOptions
	// Arches keeps the rpms stored with one of these architectures; none means
	// all. Nothing is implied: noarch and src must be asked for.
	Arches []string
	// Signatures lists an rpm once for each signature known of it, and once with
	// a null SigKey if there is none.
	Signatures bool
}

// RPMs returns the rpms of a tag's builds, in the order of the builds, then by
// rpm id and signature key, and the builds as [Resolver.Builds] does, those
// without rpms included. Every rpm is listed once even if its build is tagged
// several times.
func (r *Resolver) RPMs(ctx context.Context, tag koji.TagID, opts RPMOptions) ([]RPM, []Build, error) {
	var rpms []RPM
	var builds []Build
	err := r.view(ctx, func(src Reader) error {
		var err error
		if builds, err = r.builds(ctx, src, tag, opts.BuildOptions); err != nil {
			return err
		}
		ids := firsts(builds, func(b *Build) koji.BuildID { return b.ID })
		rpms, err = rpmsOf(ctx, src, ids, opts)
		return err
	})
	return rpms, builds, err
}

// rpmsOf returns the rpms of builds, in the order of these.
func rpmsOf(ctx context.Context, src Reader, builds []koji.BuildID, opts RPMOptions) ([]RPM, error) {
	if c, ok := src.(*cacheReader); ok && !opts.Signatures {
		return c.rpms(ctx, builds, opts.Arches)
	}
	rank := make(map[koji.BuildID]int, len(builds))
	for i, id := range builds {
		rank[id] = i
	}
	rpms, err := src.RPMs(ctx, RPMQuery{Builds: builds, Arches: opts.Arches, Signatures: opts.Signatures})
	slices.SortFunc(rpms, func(a, b RPM) int {
		return cmp.Or(
			cmp.Compare(rank[a.Build.V], rank[b.Build.V]),
			cmp.Compare(a.ID, b.ID),
			cmp.Compare(a.SigKey.V, b.SigKey.V),
		)
	})
	return rpms, err
}

// firsts returns one value of each row, each once, in the order of the rows.
func firsts[R any, K comparable](rows []R, value func(*R) K) []K {
	seen := make(map[K]bool, len(rows))
	var list []K
	for i := range rows {
		if v := value(&rows[i]); !seen[v] {
			seen[v] = true
			list = append(list, v)
		}
	}
	return list
}
