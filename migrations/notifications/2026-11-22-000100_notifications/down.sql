DROP TABLE departures;
DROP TABLE notifications;
DROP TABLE recipients;
