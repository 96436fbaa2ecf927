// Package gate lets the policies of a hub decide about a store.
//
//	set, issues := policy.New(texts, policy.Options{OnDecision: policy.LogDecisions(logger, slog.LevelInfo)})
//	if set == nil {
//		return issues.Err()
//	}
//	err := store.Update(ctx, func(tx *storage.Tx) error {
//		tx.Actor = user
//		editor := tag.NewEditor(tx, tag.Options{Gate: gate.New(set)})
//		return editor.Tag(ctx, f40, build, false) // fault 1004 if the policy tag denies
//	})
//
// A [Gate] decides about changes of tags: what is tagged, moved and untagged by
// the policy tag, package lists by package_list. It reads the transaction that
// makes the change, so it sees what that has done before. The rules can be
// replaced while it serves, see [policy.Set].Replace.
//
// Every other policy of a hub is asked by way of [Within] or [Over], which answer
// what policies look up from a transaction or from a store:
//
//	err := set.Assert(ctx, "cg_import", data, gate.Within(tx, user), policy.CheckOptions{})
package gate
