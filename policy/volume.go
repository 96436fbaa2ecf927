package policy

import (
	"context"

	"github.com/kojikit/kojikit/koji"
)

// VolumeOptions say how a volume is chosen.
type VolumeOptions struct {
	// Strict makes it an error that a test fails or the volume does not exist, and,
	// without a valid default, that no rule matches.
	Strict bool
	// Default is the name of the volume where the policy leaves it open; empty for
	// none.
	Default string
}

// Volume chooses the volume of a build by the policy volume; nil leaves the build
// where it is. The whole action is the volume's name.
func (s *Set) Volume(ctx context.Context, data Data, lookups Lookups, o VolumeOptions) (*Name, error) {
	if lookups != nil {
		lookups = NewScope(lookups)
	}
	volume, err := s.chosenVolume(ctx, data, lookups)
	if volume != nil {
		return volume, nil
	}
	if err != nil {
		if o.Strict || ctx.Err() != nil {
			return nil, err
		}
		s.options.Logger.ErrorContext(ctx, "volume policy failed", "error", err)
	}
	problem := "No volume policy match"
	if o.Default != "" {
		volume, err = findVolume(ctx, lookups, o.Default)
		if volume != nil || err != nil {
			return volume, err
		}
		problem = "Invalid default volume: " + o.Default
	}
	if o.Strict {
		return nil, koji.Errorf(koji.ErrNotFound, koji.FaultGeneric, "%s", problem)
	}
	return nil, nil
}

// chosenVolume returns the volume that the policy names; nil if no rule matches.
func (s *Set) chosenVolume(ctx context.Context, data Data, lookups Lookups) (*Name, error) {
	d, err := s.Eval(ctx, "volume", data, lookups)
	if err != nil || !d.Matched {
		return nil, err
	}
	volume, err := findVolume(ctx, lookups, d.Action)
	if err == nil && volume == nil {
		err = koji.Errorf(koji.ErrNotFound, koji.FaultGeneric, "Policy returned no such volume: %s", d.Action)
	}
	return volume, err
}

func findVolume(ctx context.Context, lookups Lookups, name string) (*Name, error) {
	if name == "" {
		return nil, nil
	}
	if lookups == nil {
		return nil, failure(LookupFailed, "", "there is nothing to look into for volume %s", name)
	}
	found, err := lookups.Names(ctx, TableVolume, []Ref{ByName(name)})
	if err != nil || len(found) != 1 {
		return nil, err
	}
	return found[0], nil
}
