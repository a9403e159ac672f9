INSERT INTO recipients (user_id, email, name, registered_at)
SELECT pg_temp.id('user', c), 'customer' || c || '@example.com', 'Customer ' || c, now()
FROM generate_series(0, :customers::bigint - 1) AS c;

INSERT INTO departures (id, title, starts_at, revision)
SELECT pg_temp.id('departure', d), 'Excursion ' || d % 200, now() + interval '30 days', 1
FROM generate_series(0, :departures::bigint - 1) AS d;

INSERT INTO notifications (id, user_id, kind, recipient, subject, body, order_id, sent_at)
SELECT pg_temp.id('welcome', c), pg_temp.id('user', c), 'WELCOME', 'customer' || c || '@example.com', 'Welcome',
       'Welcome aboard.', NULL, now()
FROM generate_series(0, :customers::bigint - 1) AS c
UNION ALL
SELECT pg_temp.id(lower(mail), n), customer, 'ORDER_' || mail, 'customer' || c || '@example.com',
       'Your booking of excursion ' || d % 200, 'What became of your booking, in a few friendly words.', id, at
FROM filled, unnest(CASE status WHEN 'CANCELLED' THEN '{CONFIRMED,CANCELLED}' ELSE ARRAY[status] END) AS mail;
