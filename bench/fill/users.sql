INSERT INTO users (id, email, name, role, password_hash)
SELECT pg_temp.id('user', c), 'customer' || c || '@example.com', 'Customer ' || c, 'CUSTOMER', '$argon2id$none'
FROM generate_series(0, :customers::bigint - 1) AS c;
