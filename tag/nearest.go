package tag

import "github.com/kojikit/kojikit/koji"

// able returns a Reader as one that knows more.
func able[R Reader](src Reader, what string) (R, error) {
	if r, ok := src.(R); ok {
		return r, nil
	}
	var none R
	return none, koji.Errorf(koji.ErrUnsupported, koji.FaultGeneric, "source %T has no %s", src, what)
}

// nearest keeps of the rows with one key that of the tag which comes first.
func nearest[R any, K comparable](rows []R, tags []koji.TagID, key func(*R) (koji.TagID, K)) []R {
	rank := make(map[koji.TagID]int, len(tags))
	for i, t := range tags {
		rank[t] = i
	}
	best := make(map[K]int, len(rows)) // index of the row
	for i := range rows {
		t, k := key(&rows[i])
		if j, known := best[k]; known {
			if other, _ := key(&rows[j]); rank[other] <= rank[t] {
				continue
			}
		}
		best[k] = i
	}
	kept := make([]R, 0, len(best))
	for i := range rows {
		if _, k := key(&rows[i]); best[k] == i {
			kept = append(kept, rows[i])
		}
	}
	return kept
}
