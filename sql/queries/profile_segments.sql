-- Now, where no time is given: members as of the last refresh.
SELECT h.segment
  FROM journey.segment_history h
 WHERE h.profile_id = $1
   AND CASE WHEN $2::timestamptz IS NULL THEN h.left_at IS NULL
            ELSE h.entered_at <= $2 AND (h.left_at IS NULL OR h.left_at > $2) END
 ORDER BY h.segment COLLATE "C"
