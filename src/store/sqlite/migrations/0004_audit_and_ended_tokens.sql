-- Until here the subject of a client certificate stood behind the name of the author, which has no
-- spaces itself.
ALTER TABLE changes ADD COLUMN certificate TEXT;

UPDATE changes SET
  certificate = substr(author, instr(author, ' certificate:') + length(' certificate:')),
  author = substr(author, 1, instr(author, ' certificate:') - 1)
WHERE instr(author, ' certificate:') > 0;
