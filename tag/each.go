package tag

import (
	"context"
	"iter"
	"slices"

	"github.com/kojikit/kojikit/koji"
)

// eachChunk is how many builds are read at a time.
const eachChunk = 1000

// EachBuild iterates over what [Resolver.Builds] returns, holding the details of a
// part of the builds at a time. An error ends it. While it lasts, a view of the
// source is open.
func (r *Resolver) EachBuild(ctx context.Context, tag koji.TagID, opts BuildOptions) iter.Seq2[Build, error] {
	return each(ctx, r, tag, opts, func(src Reader, info *Info, steps []Step, part []TaggedBuild) ([]Build, error) {
		return details(ctx, src, info, steps, part, opts.Type)
	})
}

// EachRPM iterates over the rpms that [Resolver.RPMs] returns, in the same order,
// holding a part of them at a time. An error ends it. While it lasts, a view of the
// source is open.
func (r *Resolver) EachRPM(ctx context.Context, tag koji.TagID, opts RPMOptions) iter.Seq2[RPM, error] {
	return func(yield func(RPM, error) bool) {
		seen := make(map[koji.BuildID]bool)
		each(ctx, r, tag, opts.BuildOptions, func(src Reader, _ *Info, _ []Step, part []TaggedBuild) ([]RPM, error) {
			var ids []koji.BuildID
			for i := range part {
				if id := part[i].Build; !seen[id] {
					seen[id] = true
					ids = append(ids, id)
				}
			}
			return rpmsOf(ctx, src, ids, opts)
		})(yield)
	}
}

// each yields what read makes of a tag's builds, some of these at a time.
func each[T any](
	ctx context.Context, r *Resolver, tag koji.TagID, opts BuildOptions,
	read func(src Reader, info *Info, steps []Step, part []TaggedBuild) ([]T, error),
) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		more := true
		err := r.view(ctx, func(src Reader) error {
			info, steps, chosen, err := r.choose(ctx, src, tag, opts)
			if err != nil {
				return err
			}
			for part := range slices.Chunk(chosen, eachChunk) {
				list, err := read(src, &info, steps, part)
				if err != nil {
					return err
				}
				for i := range list {
					if more = yield(list[i], nil); !more {
						return nil
					}
				}
			}
			return nil
		})
		if err != nil && more {
			var none T
			yield(none, err)
		}
	}
}
