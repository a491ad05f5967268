-- The sums of stretches tell how many things came and went too (under no job); all of them are made anew from the journal, in the background.
DELETE FROM journal_move;
DELETE FROM journal_reader WHERE reader = 'journal-moves';

-- Updates that are gone, for a look at a moment at which they were there.
CREATE INDEX journal_of_gone_updates ON journal (account, seq) WHERE kind = 'DeleteOTAUpdate';
